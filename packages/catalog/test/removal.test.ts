import { completePolicy } from '@resguardo/domain'
import t, { type Test } from 'tap'
import type { NewBackup } from '../src/index.ts'
import { addRepository, addRun, addSource, testCatalog } from './support.ts'

const HOUR = 3_600_000
const removal = { reasons: ['no rule keeps it'], by: 'retention' }

async function scene(t: Test) {
  const { catalog, database, open } = await testCatalog(t)
  const source = await addSource(catalog, 'shop')
  const repository = await addRepository(catalog, 'main')
  const policy = await catalog.policies.create({
    name: 'shop-daily',
    kind: 'logical',
    sourceId: source.id,
    repositoryId: repository.id,
    copyTo: [],
    channelIds: [],
    options: {},
    spec: completePolicy({})
  })
  let count = 0
  const backup = async (change: Partial<NewBackup> = {}) => {
    const at = new Date(Date.UTC(2026, 10, 1, count++))
    const id = `20261101T${String(count).padStart(2, '0')}0000Z-logical-aaaaaaaa`
    await catalog.backups.record({
      id,
      sourceId: source.id,
      repositoryId: repository.id,
      runId: null,
      policyId: policy.id,
      kind: 'logical',
      state: 'available',
      name: null,
      labels: {},
      startedAt: at,
      finishedAt: at,
      plainBytes: 1_000,
      storedBytes: 100,
      serverVersion: '15.6',
      manifest: {},
      ...change
    })
    return id
  }
  return { catalog, database, open, source, repository, policy, backup }
}

t.test('a backup is marked, then removed, and its row stays', async t => {
  const { catalog, policy, backup } = await scene(t)
  const old = await backup()
  const newer = await backup()
  t.equal(await catalog.backups.markRemoving(old, removal), undefined)
  t.equal(await catalog.backups.markRemoving(old, removal), undefined, 'twice is once')
  t.match(await catalog.backups.get(old), { state: 'removing', removal })
  t.same(
    (await catalog.backups.ofPolicy(policy.id)).map(({ id }) => id),
    [newer]
  )
  t.same(
    (await catalog.backups.removing(policy.id)).map(({ id }) => id),
    [old]
  )
  await catalog.backups.markVerified(old, false)
  t.equal((await catalog.backups.get(old)).state, 'removing', 'a late verify does not revive it')
  await catalog.backups.markRemoved(old)
  const gone = await catalog.backups.get(old)
  t.equal(gone.state, 'removed')
  t.ok(gone.removedAt)
  t.same(
    (await catalog.backups.list({ limit: 10 })).items.map(({ id }) => id),
    [newer],
    'lists leave it out'
  )
  t.equal((await catalog.backups.list({ limit: 10, state: 'removed' })).items.length, 1)
})

t.test('what stands against a removal', async t => {
  const { catalog, backup } = await scene(t)
  const old = await backup()
  t.equal(await catalog.backups.markRemoving(old, removal), 'last-good')
  const damaged = await backup()
  await catalog.backups.markDamaged(damaged, {
    code: 'OBJECT_DAMAGED',
    message: 'm',
    hint: 'h',
    retryable: false
  })
  t.equal(
    await catalog.backups.markRemoving(old, removal),
    'last-good',
    'a damaged one is no good one'
  )
  await backup()
  const later = new Date(Date.now() + HOUR)
  const past = new Date(Date.now() - HOUR)
  t.equal(
    await catalog.backups.markRemoving(await backup({ lockedUntil: later }), removal),
    'locked'
  )
  t.equal(
    await catalog.backups.markRemoving(await backup({ keepUntil: later }), removal),
    'keep-until'
  )
  t.equal(
    await catalog.backups.markRemoving(
      await backup({ lockedUntil: past, keepUntil: past }),
      removal
    ),
    undefined
  )
  for (const run of [
    { kind: 'verify' as const, backupId: old },
    { kind: 'copy' as const, params: { backupId: old } }
  ]) {
    const { id } = await addRun(catalog, run)
    t.equal(await catalog.backups.markRemoving(old, removal), 'in-use', run.kind)
    await catalog.runs.requestCancel(id, 'test')
  }
  t.equal(await catalog.backups.markRemoving(old, removal), undefined)
})

t.test('holds: until they end, or until somebody releases them', async t => {
  const { catalog, database, backup } = await scene(t)
  const held = await backup()
  await backup()
  const place = (until: Date | null) =>
    catalog.holds.place({
      backupId: held,
      holder: 'Ana',
      reason: 'case 12',
      until,
      createdBy: 'key:ana'
    })
  const forEver = await place(null)
  const bounded = await place(new Date(Date.now() + HOUR))
  t.equal(await catalog.backups.markRemoving(held, removal), 'hold')
  await catalog.holds.release(forEver.id, 'key:admin', 'settled')
  t.equal(await catalog.backups.markRemoving(held, removal), 'hold', 'the other one holds')
  await database.query(`UPDATE holds SET until = now() - interval '1 second' WHERE id = $1`, [
    bounded.id
  ])
  const again = await catalog.holds.release(forEver.id, 'key:other', 'again')
  t.match(again, { releasedBy: 'key:admin', releaseReason: 'settled' }, 'the first release counts')
  t.equal(await catalog.backups.markRemoving(held, removal), undefined)
  await t.rejects(place(null), { code: 'BACKUP_REMOVED' })
  await t.rejects(
    catalog.holds.place({
      backupId: 'nothing',
      holder: 'a',
      reason: 'b',
      until: null,
      createdBy: 'c'
    }),
    { code: 'BACKUP_NOT_FOUND' }
  )
  t.equal((await catalog.holds.list({ limit: 10, backupId: held })).items.length, 2)
})

t.test('a restore and a removal of one backup: one of them comes first', async t => {
  const { catalog, open, source, backup } = await scene(t)
  const other = await open()
  await backup()
  for (let i = 0; i < 12; i++) {
    const id = await backup()
    const restoring = catalog.restores.create(
      {
        backupId: id,
        targetSourceId: source.id,
        targetDatabase: 'copy',
        dryRun: false,
        options: {}
      },
      { kind: 'restore', maxAttempts: 1, requestedBy: 'test' }
    )
    const [restore, obstacle] = await Promise.allSettled([
      restoring,
      other.backups.markRemoving(id, removal)
    ])
    const restored = restore.status === 'fulfilled'
    if (!restored) t.match(restore.reason, { code: 'BACKUP_REMOVED' })
    t.equal(obstacle.status === 'fulfilled' && obstacle.value, restored ? 'in-use' : undefined)
  }
})

t.test('one that the store turns out to lock is as it was', async t => {
  const { catalog, backup } = await scene(t)
  const old = await backup()
  await backup()
  await catalog.backups.markRemoving(old, removal)
  const until = new Date(Date.now() + HOUR)
  await catalog.backups.keepLocked(old, until)
  t.match(await catalog.backups.get(old), {
    state: 'available',
    removal: null,
    lockedUntil: until
  })
  t.equal(await catalog.backups.markRemoving(old, removal), 'locked')
})

t.test('facts of a policy', async t => {
  const { catalog, policy, backup } = await scene(t)
  const facts = async () => (await catalog.policies.facts())[0]!
  t.match(await facts(), {
    policyId: policy.id,
    newestAt: null,
    bytes: [],
    goodBackups: 0,
    lastRun: null
  })
  await backup({ storedBytes: 5 })
  const newest = await backup({ storedBytes: 7 })
  await backup({ state: 'damaged' })
  const run = await addRun(catalog, { policyId: policy.id })
  await catalog.runs.requestCancel(run.id, 'me')
  t.match(await facts(), {
    newestAt: (await catalog.backups.get(newest)).startedAt,
    bytes: [7, 5],
    goodBackups: 2,
    damagedBackups: 1,
    retentionBlocked: 0,
    lastRun: { status: 'cancelled', code: 'RUN_CANCELLED', finishedAt: Date }
  })
})
