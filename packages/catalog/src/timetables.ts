import { schedulesOf } from '@resguardo/domain'
import type { Catalog } from './catalog.ts'

/** The schedules of every policy, for whatever wakes workers. */
export const readTimetables = async ({ policies }: Pick<Catalog, 'policies'>) =>
  (await policies.all()).map(({ id, paused, spec }) => ({
    id,
    paused,
    timeZone: spec.timeZone,
    schedules: schedulesOf(spec)
  }))
