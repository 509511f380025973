import { type Finding, type Verdict, verdictOf } from './finding.ts'
import { counted, span } from './wording.ts'

/** What is known of the installation at `now`. */
export interface SystemFacts {
  now: Date
  /** When each known worker last gave a sign of life. */
  workersSeenAt: Date[]
  /** When the queued run that waits longest could have begun; retries and jitter count from their own time. */
  oldestQueuedDueAt: Date | null
  /** Largest difference of a worker's clock to the catalog's, either way; null: none was measured. */
  clockSkewMs: number | null
  /** Notifications that were given up. */
  undelivered: number
  /** Secrets of the register; those that are not due are passed over. */
  secretsDue: { name: string; owner: string; dueAt: Date }[]
}

type Rule = (facts: SystemFacts) => Finding | undefined

const MINUTE = 60_000
const WORKER_SILENT_MS = 2 * MINUTE
const QUEUE_WARNING_MS = 30 * MINUTE
const QUEUE_CRITICAL_MS = 240 * MINUTE
const SKEW_WARNING_MS = 10_000
/** S3 refuses requests whose time differs by 15 minutes; before that, locks and retention already go by a wrong time. */
const SKEW_CRITICAL_MS = 5 * MINUTE

const workerMissing: Rule = ({ now, workersSeenAt }) => {
  const silence = now.getTime() - Math.max(...workersSeenAt.map(at => at.getTime()))
  if (silence <= WORKER_SILENT_MS) return undefined
  return {
    kind: 'worker-missing',
    level: 'critical',
    message: workersSeenAt.length
      ? `No worker gave a sign of life for ${span(silence)}: nothing is backed up`
      : 'No worker was ever seen: nothing is backed up',
    hint: 'Start a worker, or look at its log; it must reach the catalog and Redis.'
  }
}

const queueStuck: Rule = ({ now, oldestQueuedDueAt }) => {
  if (oldestQueuedDueAt === null) return undefined
  const waiting = now.getTime() - oldestQueuedDueAt.getTime()
  if (waiting <= QUEUE_WARNING_MS) return undefined
  return {
    kind: 'queue-stuck',
    level: waiting > QUEUE_CRITICAL_MS ? 'critical' : 'warning',
    message: `A run has waited ${span(waiting)} for a worker: backups come late`,
    hint: 'See that a worker takes its queue (WORKER_QUEUES) and Redis is reached; add workers if all are busy.'
  }
}

const clockSkew: Rule = ({ clockSkewMs }) => {
  const skew = Math.abs(clockSkewMs ?? 0)
  if (skew <= SKEW_WARNING_MS) return undefined
  return {
    kind: 'clock-skew',
    level: skew > SKEW_CRITICAL_MS ? 'critical' : 'warning',
    message: `A worker's clock and the catalog's differ by ${Math.round(skew / 1_000)} s: schedules, locks and ages go by a wrong time`,
    hint: 'Have both hosts keep time by NTP (chrony, systemd-timesyncd).'
  }
}

const notificationFailed: Rule = ({ undelivered }) =>
  undelivered === 0
    ? undefined
    : {
        kind: 'notification-failed',
        level: 'warning',
        message: `${counted(undelivered, 'notification')} could not be delivered: somebody does not know what they should`,
        hint: "Read the notification's error, correct the channel and send it a test."
      }

const secretDue: Rule = ({ now, secretsDue }) => {
  const due = secretsDue.filter(({ dueAt }) => dueAt <= now)
  if (due.length === 0) return undefined
  const names = due.map(({ name, owner }) => `${name} (${owner})`).join(', ')
  return {
    kind: 'secret-due',
    level: 'warning',
    message: `${counted(due.length, 'secret')} to be replaced: ${names}. The older a secret, the more may know it`,
    hint: 'Replace it, then enter the date in the register of secrets.'
  }
}

const rules: Rule[] = [workerMissing, queueStuck, clockSkew, notificationFailed, secretDue]

/** Each rule speaks once at most; a limit is passed when it is exceeded, not when it is met exactly. */
export const systemVerdict = (facts: SystemFacts): Verdict =>
  verdictOf(rules.map(rule => rule(facts)))
