import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

/** Wakes a worker at the time of a schedule. What is due is decided from the catalog: a job that is lost, late or doubled harms nothing. */
export const fireSchedules = defineJob({
  name: 'fire-schedules',
  queue: 'maintenance',
  payload: Type.Object({ policyId: Type.String({ format: 'uuid' }) }),
  attempts: 1
})
