import {
  type Catalog,
  everyItem,
  type PolicyVerdict,
  type Run,
  readVerdicts
} from '@resguardo/catalog'
import { escapeHtml, type Message } from '@resguardo/notifiers'

const DAYS = 7
const DAY_MS = 86_400_000

interface Row {
  policy: string
  status: string
  succeeded: number
  failed: number
  newest: string
  storedBytes: string
  restorePoints: number
}

/** What ran in the last week, sizes, and the newest restore point of each policy that uses the channel. */
export async function weeklySummary(
  catalog: Catalog,
  channelId: string,
  now: Date
): Promise<Omit<Message, 'id'>> {
  const verdicts = await readVerdicts(catalog, now)
  const mine = verdicts.policies.filter(({ policy }) => policy.channelIds.includes(channelId))
  const since = new Date(now.getTime() - DAYS * DAY_MS)
  const rows = await Promise.all(
    mine.map(async verdict => rowOf(verdict, await runsSince(catalog, verdict.policy.id, since)))
  )
  const bad = mine.filter(({ level }) => level !== 'ok').length
  const failed = rows.reduce((sum, row) => sum + row.failed, 0)
  const title = `Resguardo: the week in backups: ${bad === 0 ? 'all is well' : `${bad} of ${mine.length} policies need a look`}`
  return {
    event: 'weekly-summary',
    severity: mine.some(({ level }) => level === 'critical')
      ? 'critical'
      : bad > 0
        ? 'warning'
        : 'info',
    at: now.toISOString(),
    policy: null,
    source: null,
    title,
    text: rows.map(textOf).join('\n') || 'No policy uses this channel.',
    facts: {
      policies: String(mine.length),
      'failed backups': String(failed),
      period: `${since.toISOString().slice(0, 10)} to ${now.toISOString().slice(0, 10)}`
    },
    html: htmlOf(title, rows)
  }
}

async function runsSince({ runs }: Catalog, policyId: string, since: Date): Promise<Run[]> {
  const found: Run[] = []
  const newestFirst = everyItem(query => runs.list({ ...query, kind: 'backup', policyId }))
  for await (const run of newestFirst) {
    if (run.createdAt < since) break
    found.push(run)
  }
  return found
}

function rowOf({ policy, level, facts }: PolicyVerdict, runs: Run[]): Row {
  return {
    policy: policy.name,
    status: level,
    succeeded: runs.filter(({ status }) => status === 'succeeded').length,
    failed: runs.filter(({ status }) => status === 'failed').length,
    newest: facts.newestAt?.toISOString().replace(/\.\d+Z$/, 'Z') ?? 'none',
    storedBytes: facts.bytes[0] === undefined ? '–' : `${(facts.bytes[0] / 1e6).toFixed(1)} MB`,
    restorePoints: facts.goodBackups
  }
}

const textOf = (row: Row) =>
  `${row.policy}: ${row.status}; ${row.succeeded} backups, ${row.failed} failed; newest ${row.newest}, ${row.storedBytes}; ${row.restorePoints} restore points`

function htmlOf(title: string, rows: Row[]) {
  const cells = (values: (string | number)[], tag: 'td' | 'th') =>
    `<tr>${values.map(value => `<${tag} style="text-align:left;padding:4px 12px 4px 0;border-bottom:1px solid #ddd">${escapeHtml(String(value))}</${tag}>`).join('')}</tr>`
  const head = [
    'Policy',
    'Status',
    'Backups',
    'Failed',
    'Newest restore point',
    'Size',
    'Restore points'
  ]
  return `<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#222">
<h2>${escapeHtml(title)}</h2>
<table style="border-collapse:collapse">${cells(head, 'th')}${rows.map(row => cells(Object.values(row), 'td')).join('')}</table>
</body></html>`
}
