import type { DrillCheck } from './drill-plan.ts'
import type { PolicySpec } from './policy.ts'
import { cronProblem } from './schedule/cron-problem.ts'

/** What is wrong with a spec beyond its schema, each with the field's path. */
export function policyProblems(spec: PolicySpec): { path: string; message: string }[] {
  const { schedules, maintenance, hooks, timeZone } = spec
  const drills = spec.drill?.schedules ?? []
  return [
    ...schedules.map(({ cron }, i) => ({
      path: `/schedules/${i}/cron`,
      message: cronProblem(cron, timeZone)
    })),
    ...maintenance.map(({ cron }, i) => ({
      path: `/maintenance/${i}/cron`,
      message: cronProblem(cron, timeZone)
    })),
    ...drills.map(({ cron }, i) => ({
      path: `/drill/schedules/${i}/cron`,
      message: cronProblem(cron, timeZone)
    })),
    ...(spec.drill?.checks ?? []).map((check, i) => ({
      path: `/drill/checks/${i}`,
      message: patternProblem(check) ?? addressProblem(check)
    })),
    ...repeated('/schedules', schedules),
    ...repeated('/drill/schedules', drills),
    ...repeated('/hooks', [...hooks.before, ...hooks.after])
  ].filter((problem): problem is { path: string; message: string } => problem.message !== undefined)
}

/** A regular expression that is none would make every drill err. */
function patternProblem(check: DrillCheck): string | undefined {
  const patterns =
    check.kind === 'restores-clean'
      ? check.allow
      : check.kind === 'sql' && 'matches' in check.expect
        ? [check.expect.matches]
        : []
  for (const pattern of patterns) {
    try {
      new RegExp(pattern)
    } catch (error) {
      return (error as Error).message
    }
  }
  return undefined
}

const addressProblem = (check: DrillCheck) =>
  check.kind === 'http' && !check.url && !check.start
    ? 'needs start (an application of the worker) or url (one that runs already)'
    : undefined

const repeated = (path: string, named: { name: string }[]) =>
  named
    .filter(({ name }, i) => named.findIndex(other => other.name === name) < i)
    .map(({ name }) => ({ path, message: `the name ${name} stands there twice` }))
