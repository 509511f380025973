import type { Policy, ScheduleState } from '@resguardo/catalog'
import {
  firing,
  isDrillSchedule,
  policyBackupParams,
  type Schedule,
  schedulesOf
} from '@resguardo/domain'
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
    const schedule = policy && schedulesOf(policy.spec).find(({ name }) => name === state.schedule)
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
  schedule: Schedule,
  state: ScheduleState,
  now: Date
) {
  const seed = `${policy.id}/${schedule.name}`
  const what = firing(schedule, policy.spec, state, now, seed)
  if (what.action === 'wait') return
  const { occurrence, missed } = what
  // The one before still runs: this one is looked at again when it is done, with all that became due meanwhile.
  const kind = isDrillSchedule(schedule.name) ? 'drill' : 'backup'
  if (what.action === 'start' && (await isBusy(catalog, policy.id, kind))) return
  const run =
    what.action === 'start'
      ? {
          kind: kind as 'backup' | 'drill',
          maxAttempts: jobOfKind[kind].attempts,
          sourceId: policy.sourceId,
          repositoryId: policy.repositoryId,
          policyId: policy.id,
          requestedBy: `schedule:${policy.name}/${schedule.name}`,
          params: {
            ...(kind === 'backup'
              ? policyBackupParams(policy, { labels: { schedule: schedule.name } })
              : {}),
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

async function isBusy(
  { runs }: Dependencies['catalog'],
  policyId: string,
  kind: 'backup' | 'drill'
) {
  for (const status of ['queued', 'running'] as const)
    if ((await runs.list({ kind, status, policyId, limit: 1 })).items.length > 0) return true
  return false
}
