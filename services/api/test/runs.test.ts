import t from 'tap'
import { claim, prepare, recordBackup, repositoryBody, sourceBody } from './fixtures.ts'
import { buildTestApp } from './support.ts'

t.test('a repository is probed when it is added and when it changes', async t => {
  const { app, ask } = await buildTestApp(t)
  const created = await ask('admin', {
    method: 'POST',
    url: '/v1/repositories',
    body: repositoryBody()
  })
  t.equal(created.statusCode, 201, created.body)
  const { id, probeRunId, state } = created.json()
  t.equal(state, 'pending')
  const run = (await ask('viewer', { url: `/v1/runs/${probeRunId}` })).json()
  t.match(run, { kind: 'probe', status: 'queued', repositoryId: id, requestedBy: 'key:admin' })
  const queue = app.queues.all.find(({ name }) => name === 'maintenance')
  const job = await queue?.getJob(`${probeRunId}-1`)
  t.strictSame(job?.data, { runId: probeRunId }, 'only the id is in Redis')

  const url = `/v1/repositories/${id}`
  const body = { settings: { path: '/var/lib/resguardo/other' } }
  const changed = await ask('admin', { method: 'PATCH', url, body })
  t.equal(changed.statusCode, 200, changed.body)
  t.not(changed.json().probeRunId, probeRunId)
  const wrong = await ask('admin', {
    method: 'PATCH',
    url,
    body: { settings: { bucket: 'b', region: 'r' } }
  })
  t.equal(wrong.json().code, 'VALIDATION_FAILED', 'settings of the other kind')
  t.match(wrong.json().errors, [{ field: 'body/settings/path' }])
  for (const kind of ['probe', 'scan']) {
    const started = await ask('operator', { method: 'POST', url: `${url}/${kind}` })
    t.equal(started.statusCode, 202, started.body)
    t.equal(started.headers.location, `/v1/runs/${started.json().id}`)
    t.match(started.json(), { kind, status: 'queued' })
  }
})

t.test('a backup needs a ready repository and is a run', async t => {
  const api = await buildTestApp(t)
  const { ask, catalog } = api
  const source = await ask('admin', {
    method: 'POST',
    url: '/v1/sources',
    body: sourceBody('early')
  })
  const pending = await ask('admin', {
    method: 'POST',
    url: '/v1/repositories',
    body: repositoryBody('early')
  })
  const early = { sourceId: source.json().id, repositoryId: pending.json().id }
  const refused = await ask('operator', { method: 'POST', url: '/v1/backups', body: early })
  t.match(refused.json(), { code: 'REPOSITORY_NOT_READY', status: 409 })

  const { sourceId, repositoryId } = await prepare(api)
  for (const labels of [{ ' bad': 'x' }, { good: 5 }, { good: 'a\u0000b' }]) {
    const refused = await ask('operator', {
      method: 'POST',
      url: '/v1/backups',
      body: { sourceId, repositoryId, labels }
    })
    t.match(refused, { statusCode: 400 }, JSON.stringify(labels))
    t.match(refused.json(), { code: 'VALIDATION_FAILED' })
  }
  const body = { sourceId, repositoryId, name: 'before-42', labels: { ticket: 'OPS-42' } }
  const started = await ask('operator', {
    method: 'POST',
    url: '/v1/backups',
    body,
    headers: { 'x-request-id': 'deploy-1' }
  })
  t.equal(started.statusCode, 202, started.body)
  const run = started.json()
  t.equal(started.headers.location, `/v1/runs/${run.id}`)
  t.match(run, {
    kind: 'backup',
    status: 'queued',
    sourceId,
    repositoryId,
    requestedBy: 'key:operator',
    requestId: 'deploy-1',
    params: { name: 'before-42', labels: { ticket: 'OPS-42' }, options: {} }
  })
  const listed = await ask('viewer', {
    url: `/v1/runs?kind=backup&status=queued&sourceId=${sourceId}`
  })
  t.strictSame(
    listed.json().items.map((item: { id: string }) => item.id),
    [run.id]
  )
  const history = await ask('viewer', { url: `/v1/runs/${run.id}/history` })
  t.equal(history.json().items[0].type, 'queued')

  const id = await recordBackup(api, sourceId, repositoryId)
  t.match((await ask('viewer', { url: `/v1/backups/${id}` })).json(), {
    id,
    manifest: { formatVersion: 1 }
  })
  const backups = (
    await ask('viewer', { url: `/v1/backups?sourceId=${sourceId}&kind=logical` })
  ).json()
  t.equal(backups.items.length, 1)
  t.notHas(backups.items[0], { manifest: Object })
  t.match((await ask('viewer', { url: '/v1/status' })).json(), {
    newestBackups: [{ source: 'shop', kind: 'logical' }],
    running: []
  })

  await claim(api, run.id)
  t.equal((await ask('viewer', { url: '/v1/status' })).json().running[0].id, run.id)
  t.notOk('fence' in (await ask('viewer', { url: `/v1/runs/${run.id}` })).json())
  t.equal((await catalog.runs.get(run.id)).claimedBy, 'test-worker')
})

t.test('wait answers with the finished run, or 202 when the time is over', async t => {
  const api = await buildTestApp(t)
  const body = await prepare(api).then(({ sourceId, repositoryId }) => ({ sourceId, repositoryId }))
  const slow = await api.ask('operator', { method: 'POST', url: '/v1/backups?wait=1', body })
  t.equal(slow.statusCode, 202)
  const waiting = api.ask('operator', { method: 'POST', url: '/v1/backups?wait=60', body })
  let queued: { id: string } | undefined
  while (!queued) {
    const { items } = await api.catalog.runs.list({ limit: 10, kind: 'backup', status: 'queued' })
    queued = items.find(({ id }) => id !== slow.json().id)
  }
  await api.catalog.runs.succeed(await claim(api, queued.id))
  const done = await waiting
  t.equal(done.statusCode, 200)
  t.match(done.json(), { id: queued.id, status: 'succeeded' })
})

t.test('a restore goes to the source of the backup, into a new database', async t => {
  const api = await buildTestApp(t)
  const { sourceId, repositoryId } = await prepare(api)
  const backupId = await recordBackup(api, sourceId, repositoryId)
  const body = { backupId, target: { database: 'shop_restored' }, dryRun: true }
  const started = await api.ask('operator', { method: 'POST', url: '/v1/restores', body })
  t.equal(started.statusCode, 202, started.body)
  const { id, run } = started.json()
  t.equal(started.headers.location, `/v1/restores/${id}`)
  t.match(started.json(), {
    backupId,
    targetSourceId: sourceId,
    targetDatabase: 'shop_restored',
    dryRun: true,
    options: { missingRoles: 'create' },
    plan: null,
    run: { kind: 'restore', status: 'queued', restoreId: id }
  })
  const claimed = await claim(api, run.id)
  await api.catalog.restores.setPlan(id, { problems: [] }, claimed)
  await api.catalog.runs.succeed(claimed)
  const shown = (await api.ask('viewer', { url: `/v1/restores/${id}` })).json()
  t.match(shown, { plan: { problems: [] }, run: { status: 'succeeded' } })
  t.equal((await api.ask('viewer', { url: '/v1/restores' })).json().items[0].id, id)

  const missing = { ...body, backupId: '20261120T020000Z-logical-000000' }
  const answer = await api.ask('operator', { method: 'POST', url: '/v1/restores', body: missing })
  t.equal(answer.json().code, 'BACKUP_NOT_FOUND')
  for (const database of ['postgres://evil/x', 'a\nb', '', 'x'.repeat(300), 'host=evil']) {
    const bad = { ...body, target: { database } }
    const refused = await api.ask('operator', { method: 'POST', url: '/v1/restores', body: bad })
    t.equal(refused.json().code, 'VALIDATION_FAILED')
  }
})

t.test(
  'a queued run is cancelled at once, a running one is asked to, a finished one is not',
  async t => {
    const api = await buildTestApp(t)
    const { sourceId, repositoryId } = await prepare(api)
    const start = async () => {
      const body = { sourceId, repositoryId }
      return (await api.ask('operator', { method: 'POST', url: '/v1/backups', body })).json()
        .id as string
    }
    const cancel = (id: string) =>
      api.ask('operator', { method: 'POST', url: `/v1/runs/${id}/cancel` })
    const queued = await cancel(await start())
    t.equal(queued.statusCode, 200, queued.body)
    t.equal(queued.json().status, 'cancelled')

    const id = await start()
    const claimed = await claim(api, id)
    const running = await cancel(id)
    t.equal(running.statusCode, 202)
    t.match(running.json(), { status: 'running', cancelRequestedAt: String })
    t.ok((await api.catalog.runs.heartbeat(claimed, {})).cancelRequested)

    t.match((await cancel(queued.json().id)).json(), { code: 'RUN_NOT_CANCELLABLE', status: 409 })
  }
)
