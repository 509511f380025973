import { AppError } from '@resguardo/shared'
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'

export interface JobDefinition<P extends TSchema = TSchema> {
  /** Name of the job, its file and its processor. */
  name: string
  queue: string
  /** Ids only: credentials and options stay in the catalog, never in Redis. */
  payload: P
  /** How often a run of this kind is tried in all, for retryable errors. The wait between is RESGUARDO_RETRY_DELAY_MS, doubled each time. */
  attempts: number
}

/** Declares a job; API and worker import the same value. */
export const defineJob = <P extends TSchema>(job: JobDefinition<P>) => job

/** @throws VALIDATION_FAILED where what came out of Redis is not what the job declares */
export function parsePayload<P extends TSchema>(job: JobDefinition<P>, data: unknown): Static<P> {
  if (!Value.Check(job.payload, data)) {
    throw new AppError('VALIDATION_FAILED', `Payload of job ${job.name} is not what it declares`)
  }
  return data as Static<P>
}
