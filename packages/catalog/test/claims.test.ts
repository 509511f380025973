import { AppError } from '@resguardo/shared'
import t, { type Test } from 'tap'
import type { Claim } from '../src/index.ts'
import { addRepository, addRun, addSource, claimed, HOUR, testCatalog } from './support.ts'

const { catalog, database, open } = await testCatalog(t)
const { runs } = catalog
const fenced = { code: 'RUN_FENCED' }
const error = new AppError('PG_UNREACHABLE', 'No answer').toJSON()

/** As if the run's worker had been silent for an hour. */
const silence = (id: string) =>
  database.query(`UPDATE runs SET heartbeat_at = now() - interval '1 hour' WHERE id = $1`, [id])
const historyOf = async (id: string) => (await runs.events(id)).map(({ type }) => type)

/** Every write of a worker, under one claim. */
const writes: Record<string, (claim: Claim) => Promise<unknown>> = {
  heartbeat: claim => runs.heartbeat(claim, {}),
  phase: claim => runs.phase(claim, 'dump'),
  setBackupId: claim => runs.setBackupId(claim, 'some-backup'),
  succeed: claim => runs.succeed(claim),
  fail: claim => runs.fail(claim, error),
  cancelled: claim => runs.cancelled(claim, error),
  requeue: claim => runs.requeue(claim, { delayMs: 0 })
}

async function expectFenced(t: Test, claim: Claim, why: string) {
  const before = await runs.get(claim.runId)
  const events = await historyOf(claim.runId)
  for (const [name, write] of Object.entries(writes))
    await t.rejects(write(claim), fenced, `${why}: no ${name}`)
  t.same(await runs.get(claim.runId), before, `${why}: the run is as it was`)
  t.same(await historyOf(claim.runId), events, `${why}: and so is its history`)
}

t.test('a new run waits, with one line of history', async t => {
  const run = await addRun(catalog, { params: { labels: { a: 'b' } }, requestId: 'r1' })
  t.match(run, { status: 'queued', attempt: 0, fence: 0, maxAttempts: 3, requestId: 'r1' })
  t.same(run, await runs.get(run.id))
  t.same(await historyOf(run.id), ['queued'])
})

t.test('of many claimers exactly one wins', async t => {
  const run = await addRun(catalog, {})
  const other = await open()
  const claims = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      (i % 2 ? catalog : other).runs.claim(run.id, `w${i}`, HOUR)
    )
  )
  const won = claims.filter(({ outcome }) => outcome === 'claimed')
  t.equal(won.length, 1)
  t.equal(claims.filter(({ outcome }) => outcome === 'taken').length, 11)
  t.match(await runs.get(run.id), { status: 'running', attempt: 1, fence: 1 })
  t.same(await historyOf(run.id), ['queued', 'claimed'])
})

t.test('a worker that shows life keeps its run', async t => {
  const run = await addRun(catalog, {})
  const { claim, takenOver } = await claimed(catalog, run)
  t.equal(takenOver, false)
  const progress = { done: 5, total: 10, unit: 'bytes', rate: 1, etaSeconds: 5 } as const
  await silence(run.id)
  t.same(await runs.heartbeat(claim, { progress }), { cancelRequested: false })
  t.same(await runs.claim(run.id, 'w2', HOUR / 2), { outcome: 'taken' })
  t.same((await runs.get(run.id)).progress, progress)
})

t.test('a silent worker loses its run; what it writes afterwards changes nothing', async t => {
  const run = await addRun(catalog, {})
  const first = await claimed(catalog, run, 'w1')
  await silence(run.id)
  t.same(await runs.claim(run.id, 'w2', 2 * HOUR), { outcome: 'taken' }, 'not silent long enough')
  const second = await claimed(catalog, run, 'w2', HOUR / 2)
  t.match(second, {
    takenOver: true,
    claim: { runId: run.id, fence: 2 },
    run: { attempt: 2, claimedBy: 'w2', progress: null }
  })
  await expectFenced(t, first.claim, 'the old fence')
  t.match((await runs.events(run.id)).at(-1), { type: 'taken-over', detail: { from: 'w1' } })
  await runs.succeed(second.claim)
  t.match(await runs.get(run.id), { status: 'succeeded', error: null })
})

t.test('of many that find a silent worker exactly one takes over', async t => {
  const run = await addRun(catalog, {})
  await claimed(catalog, run)
  await silence(run.id)
  const claims = await Promise.all(
    Array.from({ length: 8 }, (_, i) => runs.claim(run.id, `n${i}`, HOUR / 2))
  )
  t.equal(claims.filter(({ outcome }) => outcome === 'claimed').length, 1)
  t.match(await runs.get(run.id), { attempt: 2, fence: 2 })
})

t.test('a fence never claimed, of the future or of another run, is refused', async t => {
  const run = await addRun(catalog, {})
  await expectFenced(t, { runId: run.id, fence: 0 }, 'unclaimed')
  const { claim } = await claimed(catalog, run)
  await expectFenced(t, { ...claim, fence: claim.fence + 1 }, 'of the future')
})

t.test('a finished run is not claimed, written or cancelled again', async t => {
  const ends: [string, (claim: Claim) => Promise<unknown>][] = [
    ['succeeded', claim => runs.succeed(claim)],
    ['failed', claim => runs.fail(claim, error)],
    ['cancelled', claim => runs.cancelled(claim, error)]
  ]
  for (const [status, end] of ends) {
    const run = await addRun(catalog, {})
    const { claim } = await claimed(catalog, run)
    await end(claim)
    const ended = await runs.get(run.id)
    t.equal(ended.status, status)
    t.ok(ended.finishedAt, 'with its time')
    t.same(ended.error, status === 'succeeded' ? null : error)
    t.equal((await historyOf(run.id)).at(-1), status)
    await silence(run.id)
    t.same(await runs.claim(run.id, 'w2', 1), { outcome: 'taken' })
    await expectFenced(t, claim, status)
    await t.rejects(runs.requestCancel(run.id, 'key:x'), { code: 'RUN_NOT_CANCELLABLE' })
  }
})

t.test(
  'a retry waits for its time and keeps the error; the next claim has a new fence',
  async t => {
    const run = await addRun(catalog, {})
    const { claim } = await claimed(catalog, run)
    const waiting = await runs.requeue(claim, { delayMs: HOUR, error })
    t.match(waiting, { status: 'queued', attempt: 1, error, phase: null, progress: null })
    t.same(await runs.claim(run.id, 'w2', HOUR), { outcome: 'taken' }, 'its time has not come')
    await expectFenced(t, claim, 'requeued')
    await database.query('UPDATE runs SET next_attempt_at = now() WHERE id = $1', [run.id])
    const again = await claimed(catalog, run, 'w2')
    t.match(again, { takenOver: false, claim: { fence: 2 }, run: { attempt: 2 } })
    t.same(await historyOf(run.id), ['queued', 'claimed', 'retry-scheduled', 'claimed'])
  }
)

t.test('a run handed back does not lose an attempt', async t => {
  const run = await addRun(catalog, {})
  const { claim } = await claimed(catalog, run)
  t.match(await runs.requeue(claim, { delayMs: 0, uncounted: true }), { attempt: 0, error: null })
  t.match(await claimed(catalog, run), { claim: { fence: 2 }, run: { attempt: 1 } })
  t.equal((await historyOf(run.id))[2], 'handed-back')
})

t.test('cancel: a queued run ends at once, a running one is asked', async t => {
  const queued = await addRun(catalog, {})
  t.match(await runs.requestCancel(queued.id, 'key:x'), {
    status: 'cancelled',
    error: { code: 'RUN_CANCELLED', message: /key:x/ }
  })
  t.same(await runs.claim(queued.id, 'w1', HOUR), { outcome: 'taken' })

  const running = await addRun(catalog, {})
  const { claim } = await claimed(catalog, running)
  const { cancelRequestedAt } = await runs.requestCancel(running.id, 'key:x')
  t.ok(cancelRequestedAt)
  t.same(await runs.heartbeat(claim, {}), { cancelRequested: true })
  t.same((await runs.requestCancel(running.id, 'key:y')).cancelRequestedAt, cancelRequestedAt)
  await runs.cancelled(claim, error)
  t.match(await runs.get(running.id), { status: 'cancelled' })
})

t.test('cancel and claim at once: the run is cancelled, or the worker hears of it', async t => {
  for (let i = 0; i < 10; i++) {
    const run = await addRun(catalog, {})
    const [cancelled, claim] = await Promise.all([
      runs.requestCancel(run.id, 'key:x'),
      runs.claim(run.id, 'w1', HOUR)
    ])
    if (claim.outcome === 'claimed') {
      t.equal(cancelled.status, 'running')
      t.same(await runs.heartbeat(claim.claim, {}), { cancelRequested: true })
    } else t.equal(cancelled.status, 'cancelled')
  }
})

t.test('one running backup of a source, whoever asks', async t => {
  const sourceId = (await addSource(catalog, 'shop')).id
  const queued = await Promise.all([1, 2, 3, 4].map(() => addRun(catalog, { sourceId })))
  const claims = await Promise.all(queued.map(run => runs.claim(run.id, 'w1', HOUR)))
  t.same(claims.map(({ outcome }) => outcome).sort(), ['busy', 'busy', 'busy', 'claimed'])
  const running = await runs.list({ limit: 9, sourceId, status: 'running' })
  t.equal(running.items.length, 1)

  const restore = await addRun(catalog, { kind: 'restore', sourceId })
  t.equal((await runs.claim(restore.id, 'w1', HOUR)).outcome, 'claimed', 'a restore may run')
  const elsewhere = await addRun(catalog, { sourceId: (await addSource(catalog, 'blog')).id })
  t.equal((await runs.claim(elsewhere.id, 'w1', HOUR)).outcome, 'claimed', 'other sources too')

  const [claim] = claims.filter(({ outcome }) => outcome === 'claimed')
  if (claim?.outcome !== 'claimed') return t.fail('none was claimed')
  const next = queued.find(({ id }) => id !== claim.run.id)!
  t.match(await runs.get(next.id), { status: 'queued', attempt: 0, fence: 0 }, 'busy costs nothing')
  await runs.fail(claim.claim, error)
  t.equal((await runs.claim(next.id, 'w1', HOUR)).outcome, 'claimed', 'the next when it ended')
})

t.test('the sweep sees what waits and what fell silent, and nothing else', async t => {
  const due = await addRun(catalog, {})
  const later = await addRun(catalog, {})
  await runs.requeue((await claimed(catalog, later)).claim, { delayMs: HOUR })
  const alive = await addRun(catalog, {})
  await claimed(catalog, alive)
  const silent = await addRun(catalog, {})
  await claimed(catalog, silent)
  await silence(silent.id)
  const ended = await addRun(catalog, {})
  await runs.succeed((await claimed(catalog, ended)).claim)
  const found = (await runs.orphans(HOUR / 2)).map(({ id }) => id)
  const mine = [due, later, alive, silent, ended].map(({ id }) => found.includes(id))
  t.same(mine, [true, false, false, true, false])
})

t.test('a run whose workers die on every attempt is given up', async t => {
  const run = await addRun(catalog, { maxAttempts: 2 })
  await claimed(catalog, run)
  await silence(run.id)
  const { claim } = await claimed(catalog, run, 'w2', HOUR / 2)
  await silence(run.id)
  t.same(await runs.claim(run.id, 'w3', HOUR / 2), { outcome: 'taken' }, 'no attempt is left')
  const found = await runs.orphans(HOUR / 2)
  t.notOk(
    found.some(({ id }) => id === run.id),
    'it is not queued again'
  )
  t.match(await runs.get(run.id), { status: 'failed', error: { code: 'RUN_ABANDONED' } })
  await expectFenced(t, claim, 'given up')
})

t.test('a backup is recorded only under a current fence, and once', async t => {
  const sourceId = (await addSource(catalog, 'fenced')).id
  const repositoryId = (await addRepository(catalog, 'fenced')).id
  const run = await addRun(catalog, { sourceId, repositoryId })
  const first = await claimed(catalog, run)
  await silence(run.id)
  const second = await claimed(catalog, run, 'w2', HOUR / 2)
  const backup = {
    id: '20261120T020000Z-logical-fenced',
    sourceId,
    repositoryId,
    runId: run.id,
    kind: 'logical',
    state: 'available' as const,
    name: 'by the second',
    labels: {},
    startedAt: new Date(),
    finishedAt: new Date(),
    plainBytes: 2 ** 42,
    storedBytes: 1,
    serverVersion: '15.6',
    manifest: {}
  }
  await t.rejects(catalog.backups.record({ ...backup, name: 'late' }, first.claim), fenced)
  await t.rejects(catalog.backups.get(backup.id), { code: 'BACKUP_NOT_FOUND' })
  await catalog.backups.record(backup, second.claim)
  await catalog.backups.record({ ...backup, name: 'again' }, second.claim)
  t.match(await catalog.backups.get(backup.id), backup)

  const { restore } = await catalog.restores.create(
    {
      backupId: backup.id,
      targetSourceId: sourceId,
      targetDatabase: 'x',
      dryRun: true,
      options: {}
    },
    { kind: 'restore', maxAttempts: 1, requestedBy: 'key:x' }
  )
  await t.rejects(catalog.restores.setPlan(restore.id, { ok: true }, first.claim), fenced)
  await t.rejects(catalog.restores.setResult(restore.id, { ok: true }, first.claim), fenced)
  t.match(await catalog.restores.get(restore.id), { plan: null, result: null })
})
