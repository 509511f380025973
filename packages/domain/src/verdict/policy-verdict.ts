import type { Objectives } from '../policy.ts'
import { sizeFinding } from '../size-anomaly.ts'
import { type Finding, type Verdict, verdictOf } from './finding.ts'
import { counted, span } from './wording.ts'

/** What is known of a policy at `now`. A good backup is one that exists and is not known to be damaged. */
export interface PolicyFacts {
  now: Date
  paused: boolean
  createdAt: Date
  hasSchedule: boolean
  objectives: Objectives
  minimumRedundancy: number
  /** When the newest good backup was finished, and its stored bytes. */
  newestAt: Date | null
  newestBytes: number | null
  /** Stored bytes of the good backups before the newest, newest first. */
  earlierBytes: number[]
  goodBackups: number
  damagedBackups: number
  lastRun: {
    status: 'succeeded' | 'failed' | 'cancelled'
    finishedAt: Date
    code: string | null
    message: string | null
  } | null
  /** When the good backup that was read longest ago was verified, or made if it never was. */
  oldestUnverifiedAt: Date | null
  /** When a drill last passed. */
  lastDrillAt: Date | null
  /** The last drill that ended. */
  lastDrill: { outcome: 'passed' | 'failed' | 'errored'; at: Date; message: string | null } | null
  repositories: { state: 'pending' | 'ready' | 'failed'; message: string | null }[]
  /** Backups marked for removal for longer than a day that are still there. */
  retentionBlocked: number
}

type Rule = (facts: PolicyFacts) => Finding | undefined

const MINUTE = 60_000
const DAY = 86_400_000

/** Share of the RPO after which a failed run puts the objective at risk. */
const AT_RISK = 0.8

const since = (then: Date, { now }: PolicyFacts) => now.getTime() - then.getTime()
const rpoOf = ({ objectives }: PolicyFacts) => objectives.rpoMinutes * MINUTE

/** A policy that has no good backup yet is as old as itself. */
const ageOf = (facts: PolicyFacts) => since(facts.newestAt ?? facts.createdAt, facts)

/** Whoever pauses a policy knows that its backups age: nothing that follows from that wakes anyone up. */
const isMissed = (facts: PolicyFacts) => ageOf(facts) > rpoOf(facts) && !facts.paused

const whatToDo = ({ paused, hasSchedule }: PolicyFacts) => {
  if (paused) return 'Resume the policy, or start a backup by hand.'
  if (!hasSchedule)
    return 'The policy has no schedule: start a backup by hand, add a schedule, or raise objectives.rpoMinutes.'
  return "Look at the errors of the policy's last runs and whether a worker takes them, then start a backup by hand."
}

const backupAge: Rule = facts => {
  const age = ageOf(facts)
  const isLate = age > rpoOf(facts)
  const isAtRisk = age > AT_RISK * rpoOf(facts) && facts.lastRun?.status === 'failed'
  if (!isLate && !isAtRisk) return undefined
  const objective = `the objective (RPO) of ${span(rpoOf(facts))} ${isLate ? 'is missed' : 'is about to be missed'}`
  const level = isMissed(facts) ? 'critical' : 'warning'
  const hint = whatToDo(facts)
  if (facts.newestAt === null) {
    const message = `There is no good backup ${span(age)} after the policy was made: nothing can be restored, ${objective}`
    return { kind: 'no-backup', level, message, hint }
  }
  const message = `The newest good backup is ${span(age)} old: ${objective}`
  return { kind: 'backup-age', level, message, hint }
}

const lastRunFailed: Rule = facts => {
  if (facts.lastRun?.status !== 'failed') return undefined
  const { finishedAt, code, message } = facts.lastRun
  const cause = [code, message].filter(part => part !== null).join(': ')
  return {
    kind: 'last-run-failed',
    level: isMissed(facts) ? 'critical' : 'warning',
    message: `The last run failed ${span(since(finishedAt, facts))} ago: ${cause || 'no cause is recorded'}`,
    hint: "Read the run's error and its hint; the next run that succeeds ends this."
  }
}

const backupDamaged: Rule = ({ damagedBackups, goodBackups }) => {
  if (damagedBackups === 0) return undefined
  const none = goodBackups === 0
  return {
    kind: 'backup-damaged',
    level: none ? 'critical' : 'warning',
    message: `${counted(damagedBackups, 'backup')} can no longer be read whole${none ? ' and none is good: nothing can be restored' : ''}`,
    hint: none
      ? 'Start a backup now, then look at what the store says of the damaged objects.'
      : 'Look at what the store says of the damaged objects; restore them from a copy if there is one.'
  }
}

const repositoryUnreachable: Rule = ({ repositories }) => {
  const failed = repositories.filter(({ state }) => state === 'failed')
  if (failed.length === 0) return undefined
  const causes = failed.map(({ message }) => message ?? 'no cause is recorded').join('; ')
  return {
    kind: 'repository-unreachable',
    level: 'critical',
    message: `Repositories cannot be used (${failed.length} of ${repositories.length}), so backups there can be neither made nor restored: ${causes}`,
    hint: 'Check the address, the credentials and the store itself, then probe the repository again.'
  }
}

const sizeAnomaly: Rule = ({ newestBytes, earlierBytes, objectives }) => {
  if (newestBytes === null) return undefined
  const anomaly = sizeFinding(newestBytes, earlierBytes, objectives)
  return anomaly && { kind: 'size-anomaly', ...anomaly }
}

/** Every RPO brings a backup, so that as many as are wanted can exist only after as many RPOs. None at all is `no-backup`. */
const redundancy: Rule = facts => {
  const { goodBackups, minimumRedundancy, createdAt } = facts
  if (goodBackups === 0 || goodBackups >= minimumRedundancy) return undefined
  if (since(createdAt, facts) <= minimumRedundancy * rpoOf(facts)) return undefined
  return {
    kind: 'redundancy',
    level: 'warning',
    message: `There is only ${counted(goodBackups, 'good backup')} of the ${minimumRedundancy} that must exist: one more that goes bad is worse than planned for`,
    hint: 'Start a backup by hand, and look at why earlier ones failed or were damaged.'
  }
}

const verifyOverdue: Rule = facts => {
  const { oldestUnverifiedAt, objectives } = facts
  if (oldestUnverifiedAt === null) return undefined
  const unread = since(oldestUnverifiedAt, facts)
  if (unread <= objectives.verifyDays * DAY) return undefined
  return {
    kind: 'verify-overdue',
    level: 'warning',
    message: `A backup was last read ${span(unread)} ago, the objective is ${counted(objectives.verifyDays, 'day')}: damage since then would not be known`,
    hint: 'Verify the oldest backups, and see that verify runs are started and succeed.'
  }
}

const lastDrill: Rule = facts => {
  if (!facts.lastDrill || facts.lastDrill.outcome === 'passed') return undefined
  const { outcome, at, message } = facts.lastDrill
  const failed = outcome === 'failed'
  const when = `The last drill, ${span(since(at, facts))} ago,`
  return {
    kind: failed ? 'drill-failed' : 'drill-errored',
    level: failed ? 'critical' : 'warning',
    message: failed
      ? `${when} failed: the backup is bad or misses an objective: ${message ?? 'see its evidence'}`
      : `${when} could not run and says nothing about the backup: ${message ?? 'see its run'}`,
    hint: failed
      ? 'Read its evidence, start a backup, and drill that one.'
      : "Read the drill's reason and its hint, then start it again."
  }
}

const drillOverdue: Rule = facts => {
  const { drillDays } = facts.objectives
  if (drillDays === undefined) return undefined
  const undrilled = since(facts.lastDrillAt ?? facts.createdAt, facts)
  if (undrilled <= drillDays * DAY) return undefined
  const last = facts.lastDrillAt
    ? `The last drill passed ${span(undrilled)} ago`
    : 'No drill passed'
  return {
    kind: 'drill-overdue',
    level: 'warning',
    message: `${last}, the objective is one in ${counted(drillDays, 'day')}: that backups restore is not proven`,
    hint: 'Start a drill, and see why earlier ones failed or did not run.'
  }
}

const retentionBlocked: Rule = ({ retentionBlocked }) =>
  retentionBlocked === 0
    ? undefined
    : {
        kind: 'retention-blocked',
        level: 'warning',
        message: `${counted(retentionBlocked, 'backup')} marked for removal for more than a day still there: the store fills up`,
        hint: "Look at the policy's last retention run: the store may refuse to delete."
      }

const paused: Rule = ({ paused }) =>
  paused
    ? {
        kind: 'paused',
        level: 'warning',
        message: 'The policy is paused: no backup is made by its schedules',
        hint: 'Resume the policy when the reason for the pause is gone.'
      }
    : undefined

const rules: Rule[] = [
  backupAge,
  lastRunFailed,
  backupDamaged,
  repositoryUnreachable,
  sizeAnomaly,
  redundancy,
  verifyOverdue,
  lastDrill,
  drillOverdue,
  retentionBlocked,
  paused
]

/** Each rule speaks once at most; an objective is missed when it is exceeded, not when it is met exactly. */
export const policyVerdict = (facts: PolicyFacts): Verdict =>
  verdictOf(rules.map(rule => rule(facts)))
