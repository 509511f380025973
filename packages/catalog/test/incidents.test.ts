import { randomUUID } from 'node:crypto'
import t from 'tap'
import { testCatalog } from './support.ts'

const finding = (kind: string, level: 'warning' | 'critical' = 'warning', message = kind) => ({
  policyId: null,
  kind,
  level,
  message,
  hint: 'do something'
})
const kinds = (incidents: { kind: string }[]) => incidents.map(({ kind }) => kind)

t.test('incidents follow the findings; each change is told once', async t => {
  const { catalog } = await testCatalog(t)
  const { incidents } = catalog
  const first = await incidents.reconcile([finding('a'), finding('b')])
  t.same([kinds(first.opened), kinds(first.closed)], [['a', 'b'], []])
  const same = await incidents.reconcile([finding('a'), finding('b')])
  t.same(same, { opened: [], closed: [], worsened: [] })
  const worse = await incidents.reconcile([
    finding('a', 'critical'),
    finding('b', 'warning', 'other words')
  ])
  t.same([kinds(worse.worsened), kinds(worse.opened)], [['a'], []])
  const better = await incidents.reconcile([finding('a')])
  t.same([kinds(better.closed), kinds(better.worsened)], [['b'], []])
  t.equal((await incidents.list({ limit: 10, open: true })).items[0]?.level, 'warning')
  const again = await incidents.reconcile([finding('a'), finding('b')])
  t.same(kinds(again.opened), ['b'], 'a new incident of the same kind')
  t.equal((await incidents.list({ limit: 10 })).items.length, 3)
  t.equal((await incidents.list({ limit: 10, open: false })).items.length, 1)
})

t.test('of many workers one tells of a change', async t => {
  const { catalog, open } = await testCatalog(t)
  const all = [catalog, ...(await Promise.all([open(), open(), open()]))]
  const results = await Promise.all(all.map(one => one.incidents.reconcile([finding('a')])))
  t.equal(results.flatMap(({ opened }) => opened).length, 1)
})

t.test('a notification is taken by one worker, and its attempts are counted', async t => {
  const { catalog, database, open } = await testCatalog(t)
  const channel = await catalog.channels.create({
    name: 'ops',
    kind: 'webhook',
    settings: {},
    secret: { value: 'k' },
    summary: null
  })
  const { id } = await catalog.notifications.create({
    id: randomUUID(),
    channelId: channel.id,
    incidentId: null,
    event: 'test',
    message: {}
  })
  const others = await Promise.all([open(), open()])
  const claims = await Promise.all(
    [catalog, ...others].map(one => one.notifications.claim(id, 60_000))
  )
  t.equal(claims.filter(Boolean).length, 1)
  t.same(await catalog.notifications.due(), [], 'not due while somebody tries')
  const error = { code: 'NOTIFICATION_FAILED', message: 'm', hint: 'h', retryable: true }
  await catalog.notifications.failed(id, error, 0)
  t.match(await catalog.notifications.due(), [{ id, attempt: 1, state: 'queued', error }])
  await catalog.notifications.claim(id, 60_000)
  await catalog.notifications.failed(id, error, null)
  t.match(await catalog.notifications.get(id), { state: 'failed', attempt: 2 })
  t.equal(await catalog.notifications.undelivered(), 1)
  const next = await catalog.notifications.create({
    id: randomUUID(),
    channelId: channel.id,
    incidentId: null,
    event: 'test',
    message: {}
  })
  await catalog.notifications.claim(next.id, 60_000)
  await catalog.notifications.sent(next.id)
  t.equal(await catalog.notifications.undelivered(), 0, 'a later success outdates it')
  t.equal(await catalog.channels.readSecret(channel.id), 'k')
  const [row] = await database.query('SELECT secret FROM channels')
  t.notMatch(row!.secret, /^k$/)
})

t.test('a summary is claimed once', async t => {
  const { catalog } = await testCatalog(t)
  const { id } = await catalog.channels.create({
    name: 'mail',
    kind: 'email',
    settings: {},
    summary: { cron: '0 8 * * 1', timeZone: 'UTC' }
  })
  const monday = new Date('2026-11-16T08:00:00Z')
  t.equal(await catalog.channels.claimSummary(id, null, monday), true)
  t.equal(await catalog.channels.claimSummary(id, null, monday), false)
  t.same((await catalog.channels.get(id)).summaryFor, monday)
})

t.test('workers, settings and the register of secrets', async t => {
  const { catalog } = await testCatalog(t)
  await catalog.workers.seen({ name: 'w1', queues: ['backup'], now: new Date(Date.now() + 60_000) })
  const [worker] = await catalog.workers.list()
  t.ok(worker!.clockSkewMs > 50_000 && worker!.clockSkewMs < 70_000)
  await catalog.workers.gone('w1')
  t.same(await catalog.workers.list(), [])
  t.equal(await catalog.settings.get('prices'), undefined)
  await catalog.settings.set('prices', { currency: 'BRL' })
  await catalog.settings.set('prices', { currency: 'USD' })
  t.same(await catalog.settings.get('prices'), { currency: 'USD' })
  const secret = {
    name: 'JWT',
    kind: 'jwt',
    owner: 'platform',
    note: '',
    rotateDays: 90,
    rotatedAt: new Date('2026-08-01T00:00:00Z')
  }
  const { id } = await catalog.secrets.create(secret)
  await t.rejects(catalog.secrets.create(secret), { code: 'NAME_TAKEN' })
  t.match(await catalog.secrets.update(id, { rotateDays: 30 }), { ...secret, rotateDays: 30 })
  await catalog.secrets.remove(id)
  await t.rejects(catalog.secrets.get(id), { code: 'SECRET_NOT_FOUND' })
})
