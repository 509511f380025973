import {
  type Finding,
  type Level,
  type Objectives,
  policyVerdict,
  secretAge,
  systemVerdict,
  worstLevel
} from '@resguardo/domain'
import type { Catalog, Policy, PolicyFactsRow, Repository } from './catalog.ts'
import { everyItem } from './every-item.ts'

export interface PolicyVerdict {
  policy: Pick<Policy, 'id' | 'name' | 'sourceId' | 'repositoryId' | 'channelIds'>
  level: Level
  findings: Finding[]
  facts: PolicyFactsRow
  objectives: Objectives
}

export interface Verdicts {
  level: Level
  /** About the installation itself. */
  system: { level: Level; findings: Finding[] }
  policies: PolicyVerdict[]
}

/** How everything stands at `now`, from the catalog alone. */
export async function readVerdicts(catalog: Catalog, now: Date): Promise<Verdicts> {
  const [system, policies, facts, repositories, drills] = await Promise.all([
    readSystem(catalog, now),
    catalog.policies.all(),
    catalog.policies.facts(),
    allRepositories(catalog),
    catalog.drills.lastOfPolicies()
  ])
  const drillOf = new Map(drills.map(drill => [drill.policyId, drill]))
  const factsOf = new Map(facts.map(row => [row.policyId, row]))
  const judged = policies.flatMap(policy => {
    const row = factsOf.get(policy.id)
    return row ? [judge(policy, row, repositories, drillOf.get(policy.id), now)] : [] // made between the two queries
  })
  const level = worstLevel([system.level, ...judged.map(one => one.level)])
  return { level, system, policies: judged }
}

type LastDrill = Awaited<ReturnType<Catalog['drills']['lastOfPolicies']>>[number]

function judge(
  policy: Policy,
  facts: PolicyFactsRow,
  repositories: Map<string, Repository>,
  drill: LastDrill | undefined,
  now: Date
): PolicyVerdict {
  const { spec, paused, createdAt } = policy
  const { objectives } = spec
  const [newestBytes = null, ...earlierBytes] = facts.bytes
  const verdict = policyVerdict({
    ...facts,
    now,
    paused,
    createdAt,
    hasSchedule: spec.schedules.length > 0,
    objectives,
    minimumRedundancy: spec.retention.minimumRedundancy,
    newestBytes,
    earlierBytes,
    lastDrillAt: drill?.passedAt ?? null,
    lastDrill: drill ?? null,
    repositories: [policy.repositoryId, ...policy.copyTo].flatMap(id => {
      const row = repositories.get(id)
      return row ? [{ state: row.state, message: row.stateError?.message ?? null }] : []
    })
  })
  const { id, name, sourceId, repositoryId, channelIds } = policy
  return { policy: { id, name, sourceId, repositoryId, channelIds }, ...verdict, facts, objectives }
}

async function readSystem(catalog: Catalog, now: Date) {
  const [workers, oldestQueuedDueAt, undelivered, secrets] = await Promise.all([
    catalog.workers.list(),
    catalog.runs.oldestWaiting(),
    catalog.notifications.undelivered(),
    catalog.secrets.all()
  ])
  const skews = workers.map(({ clockSkewMs }) => Math.abs(clockSkewMs))
  return systemVerdict({
    now,
    workersSeenAt: workers.map(({ seenAt }) => seenAt),
    oldestQueuedDueAt,
    clockSkewMs: skews.length > 0 ? Math.max(...skews) : null,
    undelivered,
    secretsDue: secrets.map(secret => secretAge(secret, now))
  })
}

async function allRepositories(catalog: Catalog) {
  const rows = new Map<string, Repository>()
  for await (const row of everyItem(catalog.repositories.list)) rows.set(row.id, row)
  return rows
}
