import type { PolicySpec } from './policy.ts'
import { cronProblem } from './schedule/cron-problem.ts'

/** What is wrong with a spec beyond its schema, each with the field's path. */
export function policyProblems(spec: PolicySpec): { path: string; message: string }[] {
  const { schedules, maintenance, hooks, timeZone } = spec
  return [
    ...schedules.map(({ cron }, i) => ({
      path: `/schedules/${i}/cron`,
      message: cronProblem(cron, timeZone)
    })),
    ...maintenance.map(({ cron }, i) => ({
      path: `/maintenance/${i}/cron`,
      message: cronProblem(cron, timeZone)
    })),
    ...repeated('/schedules', schedules),
    ...repeated('/hooks', [...hooks.before, ...hooks.after])
  ].filter((problem): problem is { path: string; message: string } => problem.message !== undefined)
}

const repeated = (path: string, named: { name: string }[]) =>
  named
    .filter(({ name }, i) => named.findIndex(other => other.name === name) < i)
    .map(({ name }) => ({ path, message: `the name ${name} stands there twice` }))
