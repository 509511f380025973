import type { Evidence, EvidenceCheck } from '../src/evidence/record.ts'

export const check = (change: Partial<EvidenceCheck> = {}): EvidenceCheck => ({
  kind: 'row-counts',
  name: 'row-counts',
  outcome: 'passed',
  expected: '12,480,112 rows in 38 tables',
  actual: '12,480,112 rows in 38 tables',
  startedAt: '2026-11-22T03:05:01.000Z',
  seconds: 3.204,
  ...change
})

/** A drill that passed. */
export const example = (change: Partial<Evidence> = {}): Evidence => ({
  formatVersion: 1,
  kind: 'resguardo-drill-evidence',
  drillId: '0b1f5c7e-2a34-4c1d-9e55-7d0f6a1b2c3d',
  policy: { id: '5d0c9f7a-4b1e-4f6e-8a51-0f2d9c3b7e10', name: 'shop-production' },
  source: { name: 'shop' },
  backup: {
    id: '20261122T020000Z-logical-7f3k2m1x',
    repositoryId: 'a5f1f6a0-8d4e-4d57-9d2e-1f0f5a7c9b33',
    manifestSha256: 'ab'.repeat(32),
    startedAt: '2026-11-22T02:00:00.000Z',
    finishedAt: '2026-11-22T02:01:13.411Z',
    snapshot: { lsn: '2A/9F0C1D28', at: '2026-11-22T02:00:00.218Z' },
    storedBytes: 1_204_331_876,
    plainBytes: 4_831_838_208
  },
  keys: {
    manifestSigner: '3f9a1c0b77de4521',
    recipients: ['age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p'],
    evidenceSigner: '3f9a1c0b77de4521'
  },
  startedBy: 'schedule weekly of shop-production',
  requestId: null,
  tool: { name: 'resguardo', version: '0.1.0', clients: ['16.9', '17.6'], node: '24.21.0' },
  worker: 'worker-2.internal',
  where: { kind: 'scratch', serverVersion: '17.6' },
  outcome: 'passed',
  reason: null,
  timeline: [
    { phase: 'prepare', startedAt: '2026-11-22T03:00:00.000Z', seconds: 4.121 },
    { phase: 'restore', startedAt: '2026-11-22T03:00:04.121Z', seconds: 252.318 },
    { phase: 'check', startedAt: '2026-11-22T03:04:16.439Z', seconds: 61.092 },
    { phase: 'clean-up', startedAt: '2026-11-22T03:05:17.531Z', seconds: 1.35 }
  ],
  measured: {
    restoreSeconds: 252.318,
    rtoObjectiveSeconds: 14_400,
    rtoMet: true,
    dataAgeSeconds: 3_599.782,
    rpoSeconds: 3_599.782,
    rpoObjectiveSeconds: 93_600,
    rpoMet: true,
    rows: 12_480_112,
    tables: 38,
    bytes: 5_912_330_240
  },
  checks: [
    check({ kind: 'starts', name: 'starts', expected: 'an answer', actual: 'PostgreSQL 17.6' }),
    check(),
    check({
      kind: 'sql',
      name: 'no order without a customer',
      expected: 'no row',
      actual: 'no row',
      query:
        'SELECT id FROM orders o\nWHERE NOT EXISTS (SELECT FROM customers c WHERE c.id = o.customer_id AND c.id <> 0)'
    })
  ],
  logTail: ['03:05:16 info check amcheck passed', '03:05:17 info scratch cluster deleted'],
  createdAt: '2026-11-22T03:05:18.900Z',
  ...change
})

/** One that failed, with a failed and an errored check. */
export const failedExample = (): Evidence =>
  example({
    outcome: 'failed',
    policy: null,
    requestId: 'req-7c1d',
    where: { kind: 'staging', serverVersion: null },
    keys: { manifestSigner: null, recipients: [], evidenceSigner: '3f9a1c0b77de4521' },
    reason: {
      phase: 'check',
      code: 'DRILL_FAILED',
      message: '1 of 3 checks failed: row-counts',
      hint: 'Look at the check; the backup is marked.'
    },
    measured: {
      ...example().measured,
      restoreSeconds: 16_210.5,
      rtoMet: false,
      rpoObjectiveSeconds: null,
      rpoMet: null,
      rows: null,
      tables: null,
      bytes: null
    },
    checks: [
      check({
        outcome: 'failed',
        actual: '12,480,098 rows in 38 tables',
        details: ['public.orders: expected 1,204,331 rows, found 1,204,317']
      }),
      check({
        kind: 'sql',
        name: 'newest order',
        outcome: 'errored',
        expected: '',
        actual: '',
        query: 'SELEC max(created_at) FROM orders',
        error: {
          code: 'VALIDATION_FAILED',
          message: 'syntax error at or near "SELEC"',
          hint: 'Correct the query of the check.'
        }
      })
    ],
    logTail: []
  })

const VOID = ['meta', 'br', '!doctype']

/** Names of the tags in their order; says where they are not balanced, and which attributes load something. */
export function lookInto(page: string): { tags: string[]; problems: string[] } {
  const open: string[] = []
  const tags: string[] = []
  const problems: string[] = []
  for (const [, slash, name, attributes, closed] of page.matchAll(
    /<(\/?)([a-z!][a-z0-9]*)((?:\s+[a-zA-Z0-9-]+(?:="[^"<>]*")?)*)\s*(\/?)>/g
  )) {
    tags.push(slash + name!)
    if (/\s(src|href|on\w+|action)=/.test(attributes!)) problems.push(`<${name}${attributes}>`)
    if (slash && open.pop() !== name) problems.push(`</${name}> ends something else`)
    if (!slash && !closed && !VOID.includes(name!)) open.push(name!)
  }
  if (open.length > 0) problems.push(`never ended: ${open.join(', ')}`)
  if (page.split('<').length - 1 !== tags.length) problems.push('a < that begins no tag')
  if (/<(script|link|img|iframe|object|base)\b|url\(|@import/i.test(page))
    problems.push('something from outside')
  return { tags, problems }
}

/** A copy with every text replaced; `path` is like `checks.0.name`. */
export function withTexts<T>(value: T, text: (path: string, old: string) => string, path = ''): T {
  if (typeof value === 'string') return text(path, value) as T
  if (value === null || typeof value !== 'object') return value
  const at = (key: string) => (path === '' ? key : `${path}.${key}`)
  if (Array.isArray(value)) return value.map((each, i) => withTexts(each, text, at(String(i)))) as T
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, withTexts(each, text, at(key))])
  ) as T
}
