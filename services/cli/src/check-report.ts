import type { Json } from '@resguardo/api-client'

const codes: Record<string, number> = { ok: 0, warning: 1, critical: 2 }
export const UNKNOWN = 3

interface Found {
  level: string
  message: string
  hint: string
}

/**
 * What a monitoring plugin prints, and its exit code. `only` names the policy that is asked for.
 * @see https://www.monitoring-plugins.org/doc/guidelines.html
 */
export function checkReport(
  status: Json,
  policies: Json[],
  only?: string
): { text: string; code: number } {
  const verdicts: Json[] = only
    ? status.policies.filter((one: Json) => one.policy === only)
    : status.policies
  if (only && verdicts.length === 0)
    return { text: `RESGUARDO UNKNOWN - there is no policy ${only}`, code: UNKNOWN }
  const level: string = only ? verdicts[0]!.level : status.status
  const [worst, ...others] = findings(only ? [] : status.findings, verdicts)
  const line = `RESGUARDO ${level.toUpperCase()} - ${worst ? plain(worst.message) : allIsWell(verdicts)}`
  const performance = verdicts.flatMap(verdict => measured(verdict, policies)).join(' ')
  return {
    text: [
      performance ? `${line} | ${performance}` : line,
      ...others.map(one => `${one.level.toUpperCase()} - ${plain(one.message)}. ${plain(one.hint)}`)
    ].join('\n'),
    code: codes[level] ?? UNKNOWN
  }
}

/** Critical before warning; of one level, those of the installation first. */
function findings(ofInstallation: Found[], verdicts: Json[]): Found[] {
  const ofPolicies = verdicts.flatMap(({ policy, findings }) =>
    findings.map((one: Found) => ({ ...one, message: `${policy}: ${one.message}` }))
  )
  return [...ofInstallation, ...ofPolicies].toSorted((a, b) => codes[b.level]! - codes[a.level]!)
}

function allIsWell(verdicts: Json[]) {
  const [first] = verdicts
  if (!first) return 'there is no policy yet'
  if (verdicts.length > 1) return `${verdicts.length} policies are as they should be`
  return `${first.policy}: ${first.goodBackups} good backups`
}

/** A bar ends the text, a line break the line. */
const plain = (text: string) => text.replaceAll('|', '/').replace(/\s+/g, ' ').trim()

/** Age against the objective (RPO), size of the newest good backup, number of good ones. */
function measured({ policy, ageSeconds, storedBytes, goodBackups }: Json, policies: Json[]) {
  const { rpoMinutes } = policies.find(({ name }) => name === policy)?.objectives ?? {}
  const rpoSeconds = rpoMinutes === undefined ? '' : rpoMinutes * 60
  return [
    ...(ageSeconds === null ? [] : [`${policy}_age=${ageSeconds}s;;${rpoSeconds}`]),
    ...(storedBytes === null ? [] : [`${policy}_size=${storedBytes}B`]),
    `${policy}_backups=${goodBackups}`
  ]
}
