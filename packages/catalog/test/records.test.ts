import { completePolicy } from '@resguardo/domain'
import { AppError } from '@resguardo/shared'
import t from 'tap'
import type { Page, PageQuery } from '../src/index.ts'
import {
  addBackup,
  addRepository,
  addRun,
  addSource,
  claimed,
  connection,
  openCatalogAt,
  testCatalog
} from './support.ts'

const { catalog, database } = await testCatalog(t)

/** All items of a list, read in pages of two. */
async function inPages<T>(list: (query: PageQuery) => Promise<Page<T>>) {
  const pages: T[][] = []
  let cursor: string | undefined
  do {
    const page = await list({ limit: 2, cursor })
    pages.push(page.items)
    cursor = page.nextCursor
  } while (cursor)
  return pages
}

t.test('a name is taken once, among sources and among repositories', async t => {
  const source = await addSource(catalog, 'shop')
  t.same(source, await catalog.sources.get(source.id))
  t.match(source, { name: 'shop', connection, hasSecret: false })
  await t.rejects(addSource(catalog, 'shop'), { code: 'NAME_TAKEN' })
  await addRepository(catalog, 'shop')
  await t.rejects(addRepository(catalog, 'shop'), { code: 'NAME_TAKEN' })
})

t.test('the table itself refuses a name that is none', async t => {
  for (const name of ['../x', 'Shop', '', 'a b', 'shop\n', 'a'.repeat(64)])
    await t.rejects(addSource(catalog, name), { code: '23514' }, JSON.stringify(name))
})

t.test('what does not exist is named, whatever the id looks like', async t => {
  for (const id of ['', '../x', "' OR true --", '00000000-0000-0000-0000-000000000000']) {
    await t.rejects(catalog.sources.get(id), { code: 'SOURCE_NOT_FOUND' })
    await t.rejects(catalog.sources.update(id, {}), { code: 'SOURCE_NOT_FOUND' })
    await t.rejects(catalog.sources.remove(id), { code: 'SOURCE_NOT_FOUND' })
    await t.rejects(catalog.repositories.get(id), { code: 'REPOSITORY_NOT_FOUND' })
    await t.rejects(catalog.repositories.update(id, {}), { code: 'REPOSITORY_NOT_FOUND' })
    await t.rejects(catalog.runs.get(id), { code: 'RUN_NOT_FOUND' })
    await t.rejects(catalog.runs.events(id), { code: 'RUN_NOT_FOUND' })
    await t.rejects(catalog.restores.get(id), { code: 'RESTORE_NOT_FOUND' })
    await t.rejects(catalog.backups.get(id), { code: 'BACKUP_NOT_FOUND' })
    await t.rejects(
      catalog.backups.markDamaged(id, new AppError('OBJECT_DAMAGED', 'bits fell over').toJSON()),
      { code: 'BACKUP_NOT_FOUND' }
    )
  }
})

t.test('a source that drills restore to stays, also while a policy is just written', async t => {
  const [shop, staging] = [await addSource(catalog, 'shop-1'), await addSource(catalog, 'staging')]
  const repository = await addRepository(catalog, 'shop-1')
  const drill = { where: { kind: 'staging', sourceId: staging.id.toUpperCase() } }
  const policy = {
    name: 'shop-daily',
    kind: 'logical' as const,
    sourceId: shop.id,
    repositoryId: repository.id,
    copyTo: [],
    channelIds: [],
    options: {},
    spec: completePolicy({ drill })
  }
  const { id } = await catalog.policies.create(policy)
  await t.rejects(catalog.sources.remove(staging.id), {
    code: 'SOURCE_IN_USE',
    message: 'The drill plan of policy shop-daily refers to it'
  })
  await catalog.policies.remove(id)
  const nowhere = { kind: 'staging', sourceId: id }
  await t.rejects(
    catalog.policies.create({ ...policy, spec: completePolicy({ drill: { where: nowhere } }) }),
    { code: 'SOURCE_NOT_FOUND' }
  )
  const [made, removed] = await Promise.allSettled([
    catalog.policies.create(policy),
    catalog.sources.remove(staging.id)
  ])
  t.match([made.status, removed.status].sort(), ['fulfilled', 'rejected'], 'one of both')
  t.match(
    [made, removed].find(({ status }) => status === 'rejected'),
    {
      reason: { code: /^SOURCE_(IN_USE|NOT_FOUND)$/ }
    }
  )
})

t.test('a source with an unfinished run or a backup stays', async t => {
  const source = await addSource(catalog, 'busy')
  const repository = await addRepository(catalog, 'busy')
  const run = await addRun(catalog, { sourceId: source.id, repositoryId: repository.id })
  const inUse = () =>
    Promise.all([
      t.rejects(catalog.sources.remove(source.id), { code: 'SOURCE_IN_USE' }),
      t.rejects(catalog.repositories.remove(repository.id), { code: 'REPOSITORY_IN_USE' })
    ])
  await inUse()
  const { claim } = await claimed(catalog, run)
  await inUse()
  await catalog.runs.succeed(claim)
  await addBackup(catalog, { id: 'b-1', sourceId: source.id, repositoryId: repository.id })
  await inUse()
  await database.query(`DELETE FROM backups WHERE id = 'b-1'`)
  await catalog.sources.remove(source.id)
  await catalog.repositories.remove(repository.id)
  t.match(await catalog.runs.get(run.id), { sourceId: null, repositoryId: null }, 'history stays')
})

t.test(
  'a repository is ready when it was probed, and pending again when it was changed',
  async t => {
    const { id } = await addRepository(catalog, 'probed')
    const error = { code: 'STORAGE_DENIED', message: 'no', hint: 'yes', retryable: false }
    await catalog.repositories.probeFailed(id, error)
    t.match(await catalog.repositories.get(id), { state: 'failed', stateError: error })
    await catalog.repositories.probed(id, { repositoryId: 'r', signers: ['pem'], capabilities: {} })
    t.match(await catalog.repositories.get(id), {
      state: 'ready',
      stateError: null,
      repositoryId: 'r',
      signers: ['pem']
    })
    await catalog.repositories.update(id, { settings: { path: '/other' } })
    t.match(await catalog.repositories.get(id), { state: 'pending', settings: { path: '/other' } })
    await t.rejects(catalog.repositories.update(id, { recipients: [] }), { code: '23514' })
  }
)

t.test('pages hold every row once, in order, also where times are equal', async t => {
  const sourceId = (await addSource(catalog, 'paged')).id
  const repositoryId = (await addRepository(catalog, 'paged')).id
  for (let i = 1; i <= 5; i++)
    await addBackup(catalog, { id: `2026112${i}T020000Z-logical-paged1`, sourceId, repositoryId })
  await database.query('UPDATE backups SET created_at = $1', [new Date()])
  const pages = await inPages(query => catalog.backups.list({ ...query, sourceId }))
  t.same(
    pages.map(page => page.map(({ id }) => id.slice(0, 8))),
    [['20261125', '20261124'], ['20261123', '20261122'], ['20261121']]
  )
  const names = (await inPages(query => catalog.sources.list(query))).flat().map(one => one.name)
  t.same(names, names.toSorted(), 'names in alphabetical order')
  t.equal(new Set(names).size, names.length)
})

t.test('a full last page is the last page', async t => {
  const sourceId = (await addSource(catalog, 'even')).id
  for (let i = 0; i < 4; i++) await addRun(catalog, { kind: 'restore', sourceId })
  const pages = await inPages(query => catalog.runs.list({ ...query, sourceId }))
  t.same(
    pages.map(page => page.length),
    [2, 2]
  )
})

t.test('rows that come while pages are read do not move the others', async t => {
  const sourceId = (await addSource(catalog, 'moving')).id
  const old: string[] = []
  for (let i = 0; i < 3; i++) old.unshift((await addRun(catalog, { kind: 'restore', sourceId })).id)
  const first = await catalog.runs.list({ limit: 2, sourceId })
  await addRun(catalog, { kind: 'restore', sourceId })
  const second = await catalog.runs.list({ limit: 2, sourceId, cursor: first.nextCursor })
  t.same(
    [...first.items, ...second.items].map(({ id }) => id),
    old
  )
})

t.test('a cursor that no list gave is refused', async t => {
  for (const cursor of ['', 'x', '%%%', Buffer.from("' OR true --").toString('base64url')]) {
    await t.rejects(catalog.sources.list({ limit: 2, cursor }), { code: 'CURSOR_INVALID' })
    await t.rejects(catalog.runs.list({ limit: 2, cursor }), { code: 'CURSOR_INVALID' })
    await t.rejects(catalog.audit.list({ limit: 2, cursor }), { code: 'CURSOR_INVALID' })
  }
})

t.test('filters of a list hold together', async t => {
  const sourceId = (await addSource(catalog, 'filtered')).id
  const restore = await addRun(catalog, { kind: 'restore', sourceId })
  const backup = await addRun(catalog, { kind: 'backup', sourceId })
  await claimed(catalog, backup)
  const idsOf = async (filter: object) =>
    (await catalog.runs.list({ limit: 9, sourceId, ...filter })).items.map(({ id }) => id)
  t.same(await idsOf({}), [backup.id, restore.id], 'newest first')
  t.same(await idsOf({ kind: 'restore' }), [restore.id])
  t.same(await idsOf({ status: 'running' }), [backup.id])
  t.same(await idsOf({ kind: 'restore', status: 'running' }), [])
})

t.test('a restore and its run are made together or not at all', async t => {
  const sourceId = (await addSource(catalog, 'restored')).id
  const repositoryId = (await addRepository(catalog, 'restored')).id
  const { id } = await addBackup(catalog, { id: 'b-restored', sourceId, repositoryId })
  const wanted = {
    backupId: id,
    targetSourceId: sourceId,
    targetDatabase: 'we"ird',
    dryRun: false,
    options: { jobs: 2 }
  }
  const run = { kind: 'restore', maxAttempts: 2, sourceId, requestedBy: 'key:x' } as const
  const made = await catalog.restores.create(wanted, run)
  t.match(made.restore, { ...wanted, runId: made.run.id, plan: null, result: null })
  t.match(made.run, { restoreId: made.restore.id, backupId: id, kind: 'restore' })

  const [before] = await database.query('SELECT count(*) FROM runs')
  await t.rejects(catalog.restores.create({ ...wanted, backupId: 'gone' }, run))
  t.same((await database.query('SELECT count(*) FROM runs'))[0], before, 'no run is left alone')

  const { claim } = await claimed(catalog, made.run)
  await catalog.restores.setPlan(made.restore.id, { ok: true }, claim)
  await catalog.restores.setResult(made.restore.id, { seconds: 3 }, claim)
  t.match(await catalog.restores.get(made.restore.id), {
    plan: { ok: true },
    result: { seconds: 3 }
  })
})

t.test('the newest good backup of each source and kind, for the metrics', async t => {
  const sourceId = (await addSource(catalog, 'measured')).id
  const repositoryId = (await addRepository(catalog, 'measured')).id
  for (const [id, day, kind] of [
    ['b-old', 1, 'logical'],
    ['b-good', 2, 'logical'],
    ['b-damaged', 3, 'logical'],
    ['b-files', 4, 'files']
  ] as const) {
    await addBackup(catalog, { id, sourceId, repositoryId })
    await database.query('UPDATE backups SET kind = $2, finished_at = $3 WHERE id = $1', [
      id,
      kind,
      new Date(Date.UTC(2026, 10, day))
    ])
  }
  await catalog.backups.markDamaged(
    'b-damaged',
    new AppError('OBJECT_DAMAGED', 'bits fell over').toJSON()
  )
  t.match(await catalog.backups.get('b-damaged'), { state: 'damaged', plainBytes: 2 ** 40 })
  const newest = (await catalog.backups.newest()).filter(one => one.sourceName === 'measured')
  t.same(newest.map(({ kind, finishedAt }) => [kind, finishedAt.getUTCDate()]).sort(), [
    ['files', 4],
    ['logical', 2]
  ])
})

t.test('a catalog that cannot be asked says so with one code', async t => {
  const unreachable = await openCatalogAt(t, 'postgres://x:hunter2@127.0.0.1:1/none')
  const lost = { code: 'DEPENDENCY_UNAVAILABLE', message: /^(?!.*hunter2)/ }
  await t.rejects(unreachable.sources.list({ limit: 1 }), lost)
  await t.rejects(unreachable.runs.claim('00000000-0000-0000-0000-000000000000', 'w', 1), lost)
  await t.rejects(unreachable.ping(5_000), lost)
})

t.test('connections that the server ends are replaced, and reported', async t => {
  const report = Promise.withResolvers<Error>()
  const own = await openCatalogAt(t, database.url, { onError: report.resolve })
  await own.ping(5_000)
  await database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE application_name = 'resguardo-catalog' AND datname = current_database()`
  )
  t.match(await report.promise, { code: '57P01' })
  await own.ping(5_000)
})
