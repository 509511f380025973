import { readTimetables } from '@resguardo/catalog'
import { wakeUpsOf } from '@resguardo/jobs'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { within } from './timeouts.ts'

const TIMEOUT_MS = 2_000

/** Tells Redis about changed schedules. Where it cannot be asked, the next sweep of a worker does it. */
export async function syncSchedules({ catalog, queues }: FastifyInstance, { log }: FastifyRequest) {
  try {
    await within(
      TIMEOUT_MS,
      queues.syncSchedules(wakeUpsOf(await readTimetables(catalog))),
      'Redis'
    )
  } catch (err) {
    log.warn({ err }, 'schedules not told to Redis; the sweep will')
  }
}
