import { tasks as jobs } from '@resguardo/jobs'
import { fireSchedules } from '../chores/fire-schedules.ts'
import type { Dependencies } from '../dependencies.ts'
import { sendNotification } from './send-notification.ts'

/** What a worker does that is no run. */
export const tasks: Record<string, (dependencies: Dependencies, payload: never) => Promise<void>> =
  {
    // Not for one policy alone: one look at all of them costs the same.
    [jobs.fireSchedules.name]: dependencies => fireSchedules(dependencies),
    [jobs.sendNotification.name]: sendNotification
  }
