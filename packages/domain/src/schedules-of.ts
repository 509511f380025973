import type { PolicySpec } from './policy.ts'
import type { Schedule } from './timetable.ts'

/** A dot, which no schedule's own name has. */
const DRILL = 'drill.'

/** All schedules of a policy, those of its drills under the name `drill.<name>`. */
export const schedulesOf = ({
  schedules,
  drill
}: Pick<PolicySpec, 'schedules' | 'drill'>): Schedule[] => [
  ...schedules,
  ...(drill?.schedules ?? []).map(schedule => ({ ...schedule, name: DRILL + schedule.name }))
]

export const isDrillSchedule = (name: string) => name.startsWith(DRILL)
