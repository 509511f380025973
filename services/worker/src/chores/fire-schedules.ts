import type { Policy, ScheduleState } from '@resguardo/catalog'
import { firing, type PolicySpec, policyBackupParams } from '@resguardo/domain'
import { jobOfKind } from '@resguardo/jobs'
import type { Dependencies } from '../dependencies.ts'

/**
 * Starts what the schedules say is due. Every worker does it: the state's row decides which of them fires an occurrence. One
 * schedule that cannot be read keeps no other from firing.
 */
export async function fireSchedules(dependencies: Dependencies, now = new Date()): Promise<void> {
  const { catalog, log } = dependencies
  const [policies, states] = [await catalog.policies.all(), await catalog.policies.scheduleStates()]
  const policyOf = new Map(policies.map(policy => [policy.id, policy]))
  for (const state of states) {
    const policy = policyOf.get(state.policyId)
    const schedule = policy?.spec.schedules.find(({ name }) => name === state.schedule)
    if (!policy || policy.paused || !schedule) continue
    try {
      await fire(dependencies, policy, schedule, state, now)
    } catch (err) {
      log.error({ err, policy: policy.name, schedule: schedule.name }, 'schedule not fired')
    }
  }
}

async function fire(
  { catalog, queues, log }: Dependencies,
  policy: Policy,
  schedule: PolicySpec['schedules'][number],
  state: ScheduleState,
  now: Date
) {
  const seed = `${policy.id}/${schedule.name}`
  const what = firing(schedule, policy.spec, state, now, seed)
  if (what.action === 'wait') return
  const { occurrence, missed } = what
  // The one before still runs: this one is looked at again when it is done, with all that became due meanwhile.
  if (what.action === 'start' && (await isBacking(catalog, policy.id))) return
  const run =
    what.action === 'start'
      ? {
          kind: 'backup' as const,
          maxAttempts: jobOfKind.backup.attempts,
          sourceId: policy.sourceId,
          repositoryId: policy.repositoryId,
          policyId: policy.id,
          requestedBy: `schedule:${policy.name}/${schedule.name}`,
          params: {
            ...policyBackupParams(policy, { labels: { schedule: schedule.name } }),
            occurrence: occurrence.toISOString(),
            missed
          }
        }
      : null
  const fired = await catalog.policies.fire({ ...state, expected: state.firedFor }, occurrence, run)
  if (!fired) return
  log.info(
    { policy: policy.name, schedule: schedule.name, occurrence, missed },
    what.action === 'start' ? 'schedule fired' : 'occurrence left out'
  )
  if (fired.run)
    await queues
      .enqueueRun(fired.run)
      .catch(err => log.warn({ err }, 'not enqueued; the next sweep will'))
}

async function isBacking({ runs }: Dependencies['catalog'], policyId: string) {
  for (const status of ['queued', 'running'] as const)
    if ((await runs.list({ kind: 'backup', status, policyId, limit: 1 })).items.length > 0)
      return true
  return false
}
