export type Level = 'ok' | 'warning' | 'critical'

/** What can be wrong with a policy or with the installation; an incident is open once per policy and kind. */
export const findingKinds = [
  'no-backup',
  'backup-age',
  'last-run-failed',
  'backup-damaged',
  'repository-unreachable',
  'size-anomaly',
  'redundancy',
  'verify-overdue',
  'drill-failed',
  'drill-errored',
  'drill-overdue',
  'retention-blocked',
  'paused',
  'worker-missing',
  'queue-stuck',
  'clock-skew',
  'notification-failed',
  'secret-due'
] as const
export type FindingKind = (typeof findingKinds)[number]

/** `message` says what happened and what it means, `hint` what to do. */
export interface Finding {
  kind: FindingKind
  level: 'warning' | 'critical'
  message: string
  hint: string
}

export interface Verdict {
  level: Level
  findings: Finding[]
}

const severity: Record<Level, number> = { ok: 0, warning: 1, critical: 2 }

export const worstLevel = (levels: Level[]): Level =>
  levels.reduce((worst, level) => (severity[level] > severity[worst] ? level : worst), 'ok')

/** Critical before warning; those of one level stay in their order. */
export const worstFirst = <T extends { level: Level }>(items: T[]): T[] =>
  items.toSorted((a, b) => severity[b.level] - severity[a.level])

/** The verdict of rules that each found something or nothing. */
export function verdictOf(found: (Finding | undefined)[]): Verdict {
  const findings = worstFirst(found.filter(finding => finding !== undefined))
  return { level: worstLevel(findings.map(({ level }) => level)), findings }
}
