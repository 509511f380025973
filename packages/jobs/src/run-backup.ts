import { Type } from 'typebox'
import { defineJob } from './define-job.ts'

export const runBackup = defineJob({
  name: 'run-backup',
  queue: 'backup',
  payload: Type.Object({ runId: Type.String({ format: 'uuid' }) }),
  attempts: 3
})
