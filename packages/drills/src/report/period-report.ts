import type { DrillCounts, DrillMention, DrillReport, PolicyCoverage } from './schema.ts'

export interface DrillSummary {
  id: string
  policyId: string | null
  policyName: string | null
  /** Null: it did not come to one. */
  backupId: string | null
  outcome: 'passed' | 'failed' | 'errored'
  startedAt: Date
  finishedAt: Date
  restoreSeconds: number | null
  rtoMet: boolean | null
}

export interface ReportPolicy {
  id: string
  name: string
  /** A drill must pass within so many days; null: as the policy likes. */
  drillDays: number | null
  rtoObjectiveSeconds: number | null
}

export interface ReportFacts {
  /** The first moment of the period, and the first after it: a drill belongs to the period that it ended in. */
  from: Date
  to: Date
  now: Date
  policies: ReportPolicy[]
  /** Those of the period, and at least the last one and the last passed one of each policy before it; in any order. */
  drills: DrillSummary[]
}

const DAY = 86_400_000

/** Which policies were proven to restore, when, and how fast. Nothing after the period changes its report. */
export function periodReport({ from, to, now, policies, drills }: ReportFacts): DrillReport {
  const asOf = now < to ? now : to
  const known = drills
    .filter(({ finishedAt }) => finishedAt < to)
    .toSorted((a, b) => a.finishedAt.getTime() - b.finishedAt.getTime())
  const inPeriod = known.filter(({ finishedAt }) => finishedAt >= from)
  const covered = policies.map(policy =>
    coverageOf(
      policy,
      known.filter(({ policyId }) => policyId === policy.id),
      { from, asOf }
    )
  )
  const idsOf = (wanted: PolicyCoverage['state']) =>
    covered.filter(({ state }) => state === wanted).map(({ id }) => id)
  const ids = new Set<string | null>(policies.map(({ id }) => id))
  return {
    period: { from: from.toISOString(), to: to.toISOString(), asOf: asOf.toISOString() },
    generatedAt: now.toISOString(),
    totals: countsOf(inPeriod),
    otherDrills: inPeriod.filter(({ policyId }) => !ids.has(policyId)).length,
    policies: covered,
    overdue: idsOf('overdue'),
    unproven: idsOf('unproven')
  }
}

/** Of one policy; its drills oldest first. */
function coverageOf(
  policy: ReportPolicy,
  drills: DrillSummary[],
  { from, asOf }: { from: Date; asOf: Date }
): PolicyCoverage {
  const inPeriod = drills.filter(({ finishedAt }) => finishedAt >= from)
  const lastPassed = drills.findLast(({ outcome }) => outcome === 'passed')
  const last = drills.at(-1)
  const dueAt =
    lastPassed && policy.drillDays !== null
      ? new Date(lastPassed.finishedAt.getTime() + policy.drillDays * DAY)
      : null
  const restores = restoresOf(inPeriod)
  const times = restores.map(({ restoreSeconds }) => restoreSeconds)
  return {
    ...policy,
    state: !lastPassed ? 'unproven' : dueAt && asOf > dueAt ? 'overdue' : 'proven',
    lastPassed: lastPassed ? mention(lastPassed) : null,
    isProvenInPeriod: lastPassed !== undefined && lastPassed.finishedAt >= from,
    dueAt: dueAt?.toISOString() ?? null,
    last: last ? mention(last) : null,
    counts: countsOf(inPeriod),
    restores,
    worstRestoreSeconds: times.length > 0 ? Math.max(...times) : null,
    medianRestoreSeconds: median(times)
  }
}

function countsOf(drills: DrillSummary[]): DrillCounts {
  const count = (wanted: DrillSummary['outcome']) =>
    drills.filter(({ outcome }) => outcome === wanted).length
  const [passed, failed, errored] = [count('passed'), count('failed'), count('errored')]
  const judged = passed + failed
  return { passed, failed, errored, passRate: judged > 0 ? passed / judged : null }
}

/** A restore that was measured counts, however the drill ended. */
const restoresOf = (drills: DrillSummary[]) =>
  drills.flatMap(({ id, finishedAt, restoreSeconds, rtoMet }) =>
    restoreSeconds === null
      ? []
      : [{ drillId: id, at: finishedAt.toISOString(), restoreSeconds, rtoMet }]
  )

const mention = ({ id, backupId, outcome, finishedAt }: DrillSummary): DrillMention => ({
  id,
  backupId,
  outcome,
  finishedAt: finishedAt.toISOString()
})

function median(values: number[]): number | null {
  if (values.length === 0) return null
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
