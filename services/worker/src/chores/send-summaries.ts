import { occurrencesBetween } from '@resguardo/domain'
import type { Dependencies } from '../dependencies.ts'
import { notify } from '../notify.ts'
import { weeklySummary } from '../weekly-summary.ts'

/** Sends the channels the summaries that are due; after downtime one, not all that were missed. */
export async function sendSummaries(dependencies: Dependencies): Promise<void> {
  const { catalog } = dependencies
  const now = new Date()
  for (const { id, summary, summaryFor, createdAt } of await catalog.channels.all()) {
    if (!summary) continue
    const { cron, timeZone } = summary
    const { latest } = occurrencesBetween(cron, timeZone, summaryFor ?? createdAt, now)
    if (!latest || !(await catalog.channels.claimSummary(id, summaryFor, latest))) continue
    await notify(dependencies, [id], await weeklySummary(catalog, id, now))
  }
}
