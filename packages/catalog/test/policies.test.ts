import { completePolicy } from '@resguardo/domain'
import t, { type Test } from 'tap'
import type { NewPolicy } from '../src/index.ts'
import { addRepository, addSource, testCatalog } from './support.ts'

const nightly = { name: 'nightly', cron: '0 1 * * *' }
const weekly = { name: 'weekly', cron: '0 2 * * 0' }
const at = (text: string) => new Date(`2026-11-${text}:00Z`)

async function scene(t: Test) {
  const { catalog, database, open } = await testCatalog(t)
  const source = await addSource(catalog, 'shop')
  const repository = await addRepository(catalog, 'main')
  const policy = (change: Partial<NewPolicy> = {}, written: object = {}): NewPolicy => ({
    name: 'shop-daily',
    kind: 'logical',
    sourceId: source.id,
    repositoryId: repository.id,
    copyTo: [],
    channelIds: [],
    options: { jobs: 2 },
    spec: completePolicy({ schedules: [nightly, weekly], ...written }),
    ...change
  })
  return { catalog, database, open, source, repository, policy }
}

t.test('a policy is kept as it was given, and replaced as a whole', async t => {
  const { catalog, policy } = await scene(t)
  const given = policy()
  const made = await catalog.policies.create(given)
  t.match(made, given)
  t.match(made, { paused: false, pauseReason: null, retentionAt: null })
  t.same(await catalog.policies.get(made.id), made)
  t.same((await catalog.policies.list({ limit: 10 })).items, [made])
  const { name: _, ...replacement } = policy({ options: {} }, { catchUp: 'skip' })
  const changed = await catalog.policies.update(made.id, replacement)
  t.match(changed, { name: 'shop-daily', options: {}, spec: { catchUp: 'skip' } })
  await t.rejects(catalog.policies.create(given), { code: 'NAME_TAKEN' })
  await catalog.policies.remove(made.id)
  await t.rejects(catalog.policies.get(made.id), { code: 'POLICY_NOT_FOUND' })
})

t.test('what it refers to must exist, and is named where it does not', async t => {
  const { catalog, policy, repository } = await scene(t)
  const nobody = '00000000-0000-4000-8000-000000000000'
  const wrong: [Partial<NewPolicy>, string][] = [
    [{ sourceId: nobody }, 'SOURCE_NOT_FOUND'],
    [{ repositoryId: nobody }, 'REPOSITORY_NOT_FOUND'],
    [{ copyTo: [nobody] }, 'REPOSITORY_NOT_FOUND'],
    [{ channelIds: [nobody] }, 'CHANNEL_NOT_FOUND'],
    [{ copyTo: [repository.id] }, 'POLICY_INVALID']
  ]
  for (const [change, code] of wrong) {
    await t.rejects(catalog.policies.create(policy(change)), { code }, code)
  }
  t.same(await catalog.policies.all(), [])
  t.same(await catalog.policies.scheduleStates(), [], 'nothing half-made stays')
})

t.test('schedules that stay go on; changed, new and resumed ones begin at once', async t => {
  const { catalog, policy } = await scene(t)
  const { id } = await catalog.policies.create(policy())
  const stateOf = async (schedule: string) =>
    (await catalog.policies.scheduleStates()).find(state => state.schedule === schedule)
  const fired = { policyId: id, expected: null }
  await catalog.policies.fire({ ...fired, schedule: 'nightly' }, at('20T01:00'), null)
  await catalog.policies.fire({ ...fired, schedule: 'weekly' }, at('15T02:00'), null)
  const before = { nightly: await stateOf('nightly'), weekly: await stateOf('weekly') }
  const hourly = { name: 'hourly', cron: '0 * * * *' }
  const { name: _, ...replacement } = policy(
    {},
    { schedules: [nightly, { ...weekly, cron: '0 3 * * 0' }, hourly] }
  )
  await catalog.policies.update(id, replacement)
  t.same(await stateOf('nightly'), before.nightly, 'unchanged')
  const changed = await stateOf('weekly')
  t.ok(changed!.since > before.weekly!.since, 'a new time begins at once')
  t.equal((await stateOf('hourly'))?.firedFor, null)
  await catalog.policies.update(id, { ...replacement, spec: completePolicy({ schedules: [] }) })
  t.same(await catalog.policies.scheduleStates(), [], 'removed ones are gone')
})

t.test('a pause keeps its reason; resuming forgives what was due', async t => {
  const { catalog, policy } = await scene(t)
  const { id } = await catalog.policies.create(policy())
  const [before] = await catalog.policies.scheduleStates()
  t.match(await catalog.policies.setPaused(id, true, 'migration'), {
    paused: true,
    pauseReason: 'migration'
  })
  t.same((await catalog.policies.scheduleStates())[0], before)
  t.match(await catalog.policies.setPaused(id, false, null), { paused: false, pauseReason: null })
  t.ok((await catalog.policies.scheduleStates())[0]!.since > before!.since)
})

t.test('of many workers one fires an occurrence', async t => {
  const { catalog, open, policy, source, repository } = await scene(t)
  const { id } = await catalog.policies.create(policy())
  const others = await Promise.all([open(), open(), open()])
  const run = {
    kind: 'backup' as const,
    maxAttempts: 3,
    sourceId: source.id,
    repositoryId: repository.id,
    policyId: id,
    requestedBy: 'schedule:shop-daily/nightly'
  }
  const state = { policyId: id, schedule: 'nightly' }
  for (const [expected, occurrence] of [
    [null, at('20T01:00')],
    [at('20T01:00'), at('21T01:00')]
  ] as const) {
    const fired = await Promise.all(
      [catalog, ...others].map(one => one.policies.fire({ ...state, expected }, occurrence, run))
    )
    t.equal(fired.filter(Boolean).length, 1)
  }
  const { items } = await catalog.runs.list({ limit: 10, policyId: id })
  t.equal(items.length, 2)
  t.match(items[0], { policyId: id, status: 'queued' })
})

t.test('a policy that is removed leaves its runs and backups', async t => {
  const { catalog, policy, source, repository } = await scene(t)
  const { id } = await catalog.policies.create(policy())
  const run = await catalog.runs.create({
    kind: 'backup',
    maxAttempts: 1,
    policyId: id,
    requestedBy: 'test'
  })
  await t.rejects(catalog.sources.remove(source.id), { code: 'SOURCE_IN_USE' })
  await t.rejects(catalog.repositories.remove(repository.id), { code: 'REPOSITORY_IN_USE' })
  await catalog.policies.remove(id)
  t.equal((await catalog.runs.get(run.id)).policyId, null)
})
