import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import type { Json } from '@resguardo/api-client'
import { type PgTarget, pgEnv, withConnection } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'
import { readContent, type TableContent } from './content.ts'
import { type EmbeddedStack, startEmbeddedStack } from './embedded-stack.ts'
import { homeDirectory, projectRoot } from './home.ts'
import { interruptible } from './interruptible.ts'
import { bold, green, megabytes, progressLine, say, table } from './terminal.ts'

const HELP = `npm run demo [-- --keep]

Starts its own PostgreSQL, Redis, API and worker, loads a sample multi-tenant database, backs it up, drops it, restores it,
and compares every table with before. Then a drill restores the backup once more into a scratch cluster and leaves signed
evidence. Everything lies under one directory and is removed at the end, except the page of evidence.

  --keep   leave the stack running and its data in place until Ctrl-C
  --help   this text`

const { values } = parseArgs({ options: { keep: { type: 'boolean' }, help: { type: 'boolean' } } })
if (values.help) {
  say(HELP)
  process.exit(0)
}

/** What the owner of a shop would look at. */
const checks = [
  { kind: 'starts' },
  { kind: 'restores-clean' },
  { kind: 'row-counts' },
  { kind: 'content-hash' },
  { kind: 'schema' },
  {
    kind: 'sql',
    name: 'every-order-has-a-tenant',
    query: 'SELECT 1 FROM orders o LEFT JOIN tenants t ON t.id = o.tenant_id WHERE t.id IS NULL',
    expect: { empty: true }
  }
]

await interruptible(async signal => {
  const dir = join(homeDirectory(), `demo-${process.pid}`)
  await mkdir(dir, { recursive: true })
  let stack: EmbeddedStack | undefined
  try {
    say(bold('Resguardo: a database backed up, lost and restored'))
    stack = await startEmbeddedStack(dir, { signal, onStep: name => say(`  starting ${name}`) })
    await demo(stack, signal)
    if (values.keep) await keepRunning(stack, signal)
  } finally {
    await stack?.stop()
    await rm(dir, { recursive: true, force: true })
  }
})

async function demo(stack: EmbeddedStack, signal: AbortSignal) {
  const shop = stack.database('shop')
  say('  loading the sample database')
  await loadSample(stack, shop)
  signal.throwIfAborted()
  const before = await withConnection(shop, readContent)

  const api = await stack.client('demo')
  const follow = async (label: string, runId: string) => {
    const line = progressLine(label)
    const onRun = (run: Json) => {
      signal.throwIfAborted()
      line.show(run)
    }
    const run = await api.waitForRun(runId, { onRun })
    line.end()
    return run
  }

  const repositoryPath = join(stack.dir, 'repository')
  await mkdir(repositoryPath)
  const repository = await api.post('/v1/repositories', {
    name: 'demo',
    kind: 'local',
    settings: { path: repositoryPath },
    recipients: [stack.keys.recipient]
  })
  await follow('probe  ', repository.probeRunId)
  const { host, port, user, password, database, sslMode } = shop
  const source = await api.post('/v1/sources', {
    name: 'shop',
    host,
    port,
    user,
    database,
    sslMode,
    password
  })

  const policy = await api.post('/v1/policies', {
    name: 'shop-demo',
    sourceId: source.id,
    repositoryId: repository.id,
    schedules: [{ name: 'nightly', cron: '0 2 * * *' }],
    retention: { daily: 30, monthly: 12, yearly: 7 },
    options: { contentHash: 'full' },
    drill: { checks }
  })
  const backupRun = await follow(
    'backup ',
    (await api.post(`/v1/policies/${policy.id}/backups`, { name: 'demo' })).id
  )
  const backup = await api.get(`/v1/backups/${backupRun.backupId}`)
  say(`  backup ${bold(backup.id)} is stored and signed`)

  await withConnection(stack.database('postgres'), client =>
    client.query('DROP DATABASE shop WITH (FORCE)')
  )
  say(`  database ${bold('shop')} is dropped`)

  const restore = await api.post('/v1/restores', {
    backupId: backup.id,
    target: { database: 'shop' }
  })
  await follow('restore', restore.runId)
  const { result } = await api.get(`/v1/restores/${restore.id}`)
  const after = await withConnection(shop, readContent)
  const drillId = (await api.post(`/v1/policies/${policy.id}/drills`)).id
  await follow('drill  ', drillId)
  const evidence = join(homeDirectory(), 'demo-evidence.html')
  await writeFile(evidence, await api.html(`/v1/evidence/${drillId}`))
  report({ evidence, stack, repositoryPath, backup, backupRun, result, before, after })
}

async function loadSample({ bin }: EmbeddedStack, shop: PgTarget) {
  await withConnection({ ...shop, database: 'postgres' }, client =>
    client.query('CREATE DATABASE shop')
  )
  const files = ['schema.sql', 'data.sql'].flatMap(name => [
    '--file',
    join(projectRoot, 'infra/databases/sample', name)
  ])
  const args = ['--quiet', '--no-psqlrc', '--set', 'ON_ERROR_STOP=1', ...files]
  await promisify(execFile)(join(bin, 'psql'), args, {
    env: toolEnvironment(pgEnv(shop)),
    maxBuffer: 16 * 1_048_576
  })
}

interface Outcome {
  /** The drill's page. */
  evidence: string
  stack: EmbeddedStack
  repositoryPath: string
  backup: Json
  backupRun: Json
  result: Json
  before: TableContent[]
  after: TableContent[]
}

function report({ evidence, ...outcome }: Outcome) {
  const { stack, repositoryPath, backup, backupRun, result, before, after } = outcome
  const same = (row: TableContent) =>
    after.some(
      ({ table, rows, hash }) => table === row.table && rows === row.rows && hash === row.hash
    )
  const rowsIn = (content: TableContent[], name: string) =>
    content.find(row => row.table === name)?.rows.toString() ?? 'missing'
  say()
  table(
    ['table', 'rows before', 'rows after', 'content'],
    before.map(row => [
      row.table,
      String(row.rows),
      rowsIn(after, row.table),
      same(row) ? 'equal' : 'DIFFERENT'
    ])
  )
  const different = before.filter(row => !same(row))
  if (different.length > 0 || after.length !== before.length)
    throw new Error(
      `The restored database differs in: ${different.map(row => row.table).join(', ') || 'its number of tables'}`
    )

  const backupSeconds = (Date.parse(backupRun.finishedAt) - Date.parse(backupRun.startedAt)) / 1000
  const total = before.reduce((sum, { rows }) => sum + rows, 0)
  say()
  table(
    ['measure', 'value'],
    [
      ['tables / rows', `${before.length - 1} / ${total}`],
      ['bytes in', megabytes(backup.plainBytes)],
      ['bytes stored', megabytes(backup.storedBytes)],
      ['ratio', `${(backup.plainBytes / backup.storedBytes).toFixed(1)} : 1`],
      ['backup', `${backupSeconds.toFixed(1)} s`],
      ['restore (RTO)', `${result.seconds.toFixed(1)} s`]
    ]
  )
  say()
  say(`  ${green('All tables are equal.')} The backup restores.`)
  say(`  API         ${stack.apiUrl}/docs`)
  say(`  repository  ${repositoryPath}`)
  say(`  logs        ${join(stack.dir, 'logs')}`)
  say(`  evidence    ${evidence} (open it in a browser)`)
}

async function keepRunning(stack: EmbeddedStack, signal: AbortSignal) {
  say(`  API key     ${await stack.createAdminKey('demo-keep')}`)
  say('  Running; Ctrl-C stops it and removes everything.')
  await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  signal.throwIfAborted()
}
