import { readTimetables } from '@resguardo/catalog'
import { wakeUpsOf } from '@resguardo/jobs'
import type { Dependencies } from '../dependencies.ts'

/** Derives BullMQ's job schedulers from the catalog again: Redis may have been wiped. */
export async function syncSchedules({ catalog, queues }: Dependencies): Promise<void> {
  await queues.syncSchedules(wakeUpsOf(await readTimetables(catalog)))
}
