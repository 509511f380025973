import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Json } from '@resguardo/api-client'
import { Redis } from 'ioredis'
import t, { type Test } from 'tap'
import { query } from '../support/postgres.ts'
import { startScene } from '../support/scene.ts'

/** A scene whose worker stays, and a policy of its source. */
async function live(t: Test, policyBody: Json = {}) {
  const scene = await startScene(t)
  const { stack, sourceId, repository } = scene
  const worker = await stack.startWorker()
  const { must } = stack
  const policy = await must('POST', '/v1/policies', {
    name: 'shop-daily',
    sourceId,
    repositoryId: repository.id,
    ...policyBody
  })
  const backUp = async (body: Json = {}) =>
    stack.runEnd((await must('POST', `/v1/policies/${policy.id}/backups`, body)).id)
  /** As if the schedule had been made so long ago and had not fired since. */
  const age = (interval: string) =>
    query(
      stack.catalogUrl,
      `UPDATE schedule_states SET since = now() - interval '${interval}', fired_for = NULL`
    )
  const scheduled = async () =>
    (await must('GET', '/v1/runs?limit=200')).items.filter((run: Json) =>
      run.requestedBy.startsWith('schedule:')
    )
  return { ...scene, worker, must, policy, backUp, age, scheduled }
}

t.test('a schedule fires once for all that was missed, whatever number of workers', async t => {
  const { stack, age, scheduled, must } = await live(t, {
    schedules: [{ name: 'hourly', cron: '0 * * * *' }]
  })
  await Promise.all([stack.startWorker(), stack.startWorker()])
  t.same(await scheduled(), [], 'nothing before it was made is missed')
  await age('5 hours')
  await stack.until(async () => (await scheduled()).some((run: Json) => run.status === 'succeeded'))
  const runs = await scheduled()
  t.equal(runs.length, 1)
  t.match(runs[0], { kind: 'backup', params: { missed: 4, labels: { schedule: 'hourly' } } })
  const backup = await must('GET', `/v1/backups/${runs[0].backupId}`)
  t.match(backup, {
    policyId: runs[0].policyId,
    labels: { schedule: 'hourly' },
    manifest: { policy: { name: 'shop-daily' } }
  })
})

t.test('a wiped Redis loses no schedule', async t => {
  const { stack, worker, age, scheduled } = await live(t, {
    schedules: [{ name: 'hourly', cron: '0 * * * *' }]
  })
  const redis = new Redis(stack.env.RESGUARDO_REDIS_URL!)
  t.teardown(() => redis.disconnect())
  const prefix = stack.env.RESGUARDO_REDIS_PREFIX
  const schedulers = () => redis.zcard(`${prefix}:maintenance:repeat`)
  await stack.until(async () => (await schedulers()) === 1)
  await worker.stop()
  const keys = await redis.keys(`${prefix}:*`)
  await redis.del(...keys)
  await age('90 minutes')
  await stack.startWorker()
  await stack.until(async () => (await scheduled()).length === 1)
  await stack.until(async () => (await schedulers()) === 1)
})

t.test(
  'paused: nothing is fired, by hand it still runs; resumed: nothing is caught up',
  async t => {
    const { stack, must, policy, age, scheduled, backUp } = await live(t, {
      schedules: [{ name: 'hourly', cron: '0 * * * *' }]
    })
    const paused = await must('POST', `/v1/policies/${policy.id}/pause`, { reason: 'migration' })
    t.match(paused, { paused: true, pauseReason: 'migration' })
    await age('3 hours')
    const run = await backUp({ name: 'before-deploy', reason: 'release 7', keepDays: 90 })
    t.match(run, { status: 'succeeded' })
    t.match(await must('GET', `/v1/backups/${run.backupId}`), {
      name: 'before-deploy',
      reason: 'release 7',
      keepUntil: /^20/,
      policyId: policy.id
    })
    t.same(await scheduled(), [])
    t.same((await must('GET', `/v1/policies/${policy.id}/upcoming`)).items, [])
    await must('POST', `/v1/policies/${policy.id}/resume`, {})
    t.equal((await must('GET', `/v1/policies/${policy.id}/upcoming?limit=3`)).items.length, 3)
    // Two sweeps of a new worker are enough to fire what would be due.
    await stack.startWorker()
    await backUp()
    t.same(await scheduled(), [])
  }
)

t.test('what is wrong with a policy is said at once, with the field', async t => {
  const { stack, sourceId, repository } = await startScene(t)
  const post = (body: Json) =>
    stack.call('POST', '/v1/policies', {
      name: 'p',
      sourceId,
      repositoryId: repository.id,
      ...body
    })
  const wrong: [Json, RegExp][] = [
    [{ retention: { dayly: 7 } }, /retention.*dayly/],
    [{ schedules: [{ name: 'a', cron: '0 25 * * *' }] }, /schedules\/0\/cron/],
    [{ schedules: [{ name: 'a', cron: '0 1 30 2 *' }] }, /schedules\/0\/cron/],
    [{ timeZone: 'Mars/Olympus', schedules: [{ name: 'a', cron: '0 1 * * *' }] }, /schedules\/0/],
    [{ lock: { mode: 'governance' } }, /lock.*cannot lock/],
    [{ hooks: { before: [{ kind: 'shell', name: 'x' }] } }, /hooks/],
    [{ profile: 'nothing' }, /profile/],
    [
      { drill: { checks: [{ kind: 'http', name: 'shop', steps: [{ name: 'a', path: '/' }] }] } },
      /drill\/checks\/0: needs start .* or url/
    ]
  ]
  for (const [body, message] of wrong) {
    const answer = await post(body)
    t.equal(answer.status, 400, JSON.stringify(body))
    t.match(answer.body.detail, message, JSON.stringify(answer.body))
  }
  t.same((await stack.call('GET', '/v1/policies')).body.items, [])
})

t.test('hooks: before they stop a backup, after it they run whatever happened', async t => {
  const calls: string[] = []
  const server = createServer((request, response) => {
    calls.push(request.url!)
    response.writeHead(request.url === '/refuse' ? 500 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const http = (name: string, path: string, more: Json = {}) => ({
    kind: 'http',
    name,
    url: url + path,
    ...more
  })
  const sql = (name: string, text: string, more: Json = {}) => ({
    kind: 'sql',
    name,
    sql: text,
    ...more
  })
  const { must, policy, backUp, database, sourceId, repository } = await live(t, {
    hooks: {
      before: [
        sql('mark', 'CREATE TABLE IF NOT EXISTS hook_ran (at timestamptz)'),
        http('app', '/stop')
      ],
      after: [http('again', '/start')]
    }
  })
  const { name: _n, id: _i, kind: _k, ...rest } = policy
  const change = (hooks: Json) =>
    must('PUT', `/v1/policies/${policy.id}`, {
      sourceId,
      repositoryId: repository.id,
      hooks
    })
  t.ok(rest)
  t.match(await backUp(), { status: 'succeeded' })
  t.same(calls, ['/stop', '/start'])
  t.equal((await database.query('SELECT to_regclass($1) AS t', ['hook_ran']))[0]!.t, 'hook_ran')

  calls.length = 0
  await change({ before: [http('app', '/refuse')], after: [http('again', '/start')] })
  const failed = await backUp()
  t.match(failed, { status: 'failed', error: { code: 'HOOK_FAILED', message: /app.*500/ } })
  t.same(calls, ['/refuse', '/start'])
  t.equal((await must('GET', '/v1/backups')).items.length, 1)

  await change({ before: [sql('bad', 'SELECT 1/0', { onFailure: 'warn' })], after: [] })
  t.match(await backUp(), { status: 'succeeded' })
  await change({ before: [sql('slow', 'SELECT pg_sleep(60)', { timeoutSeconds: 1 })], after: [] })
  t.match(await backUp(), { status: 'failed', error: { code: 'HOOK_FAILED', message: /slow/ } })
})

t.test('retention: shown first, then done; held and last ones stay', async t => {
  const { stack, must, policy, backUp, repository } = await live(t, { retention: { last: 2 } })
  const ids: string[] = []
  for (let i = 0; i < 5; i++) ids.push((await backUp()).backupId)
  const hold = await must('POST', `/v1/backups/${ids[0]}/holds`, {
    holder: 'Ana',
    reason: 'case 12'
  })
  const shown = await must('GET', `/v1/policies/${policy.id}/retention`)
  t.match(shown, { keep: 2, blocked: 1, remove: 2 })
  t.match(
    shown.items.map((item: Json) => [item.id, item.action]),
    [
      [ids[4], 'keep'],
      [ids[3], 'keep'],
      [ids[2], 'remove'],
      [ids[1], 'remove'],
      [ids[0], 'blocked']
    ]
  )
  t.match(shown.items[4].reasons.join(), /Ana.*case 12/)
  t.equal((await must('GET', '/v1/backups')).items.length, 5, 'showing removes nothing')
  const apply = async () =>
    stack.runEnd((await must('POST', `/v1/policies/${policy.id}/retention`)).id)
  t.match(await apply(), { status: 'succeeded' })
  t.same(
    (await must('GET', '/v1/backups')).items.map(({ id }: Json) => id),
    [ids[4], ids[3], ids[0]]
  )
  const files = await repository.backupFiles()
  for (const [i, id] of ids.entries())
    t.equal(
      files.some(file => file.includes(id)),
      [0, 3, 4].includes(i),
      `files of ${i}`
    )
  t.match(await must('GET', `/v1/backups/${ids[1]}`), {
    state: 'removed',
    removal: { by: 'retention', reasons: [String] }
  })
  t.match(
    await stack.call('POST', '/v1/restores', { backupId: ids[1], target: { database: 'x' } }),
    {
      status: 409,
      body: { code: 'BACKUP_REMOVED' }
    }
  )
  const audit = (await must('GET', '/v1/audit?limit=200')).items
  t.equal(audit.filter((entry: Json) => entry.action === 'backup.removed').length, 2)

  await must('POST', `/v1/holds/${hold.id}/release`, { reason: 'settled' })
  t.match(await apply(), { status: 'succeeded' })
  t.equal((await must('GET', '/v1/backups')).items.length, 2)

  t.match(await stack.call('DELETE', `/v1/backups/${ids[3]}?reason=test&wait=30`), { status: 200 })
  t.match(await stack.call('DELETE', `/v1/backups/${ids[4]}?reason=test`), {
    status: 409,
    body: { code: 'BACKUP_PROTECTED', detail: /last good/ }
  })
})

t.test('a worker killed in the middle of retention: another one converges', async t => {
  const { stack, must, policy, backUp, worker, repository } = await live(t, {
    retention: { last: 1 }
  })
  const ids: string[] = []
  for (let i = 0; i < 8; i++) ids.push((await backUp()).backupId)
  const before = await repository.backupFiles()
  const { id } = await must('POST', `/v1/policies/${policy.id}/retention`)
  await stack.until(async () => (await repository.backupFiles()).length < before.length - 3)
  await worker.kill()
  const half = await repository.backupFiles()
  t.comment(`killed with ${half.length} of ${before.length} files left`)
  await stack.startWorker()
  t.match(await stack.runEnd(id), { status: 'succeeded' })
  const files = await repository.backupFiles()
  t.ok(files.length > 0 && files.every(file => file.includes(ids[7]!)), 'nothing is orphaned')
  t.same(
    (await must('GET', '/v1/backups')).items.map((backup: Json) => [backup.id, backup.state]),
    [[ids[7], 'available']]
  )
  t.match(await stack.restore(ids[7]!, `kept_${Date.now()}`), { run: { status: 'succeeded' } })
})

t.test(
  'a policy is judged: no backup, a failed run, damaged, well again; and channels are told',
  async t => {
    const told: Json[] = []
    const server = createServer(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      told.push(JSON.parse(body))
      response.writeHead(200).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.teardown(() => server.close())
    const { port } = server.address() as AddressInfo
    const { stack, must, policy, backUp, sourceId, repository, worker } = await live(t)
    const channel = await must('POST', '/v1/channels', {
      kind: 'webhook',
      name: 'ops',
      settings: { url: `http://127.0.0.1:${port}/` },
      secret: 'a key to sign with'
    })
    const change = { sourceId, repositoryId: repository.id, channelIds: [channel.id] }
    await must('PUT', `/v1/policies/${policy.id}`, change)
    const status = () => must('GET', `/v1/policies/${policy.id}/status`)
    t.match(await status(), { level: 'ok', findings: [], goodBackups: 0 })
    await backUp()
    t.match(await status(), { level: 'ok', goodBackups: 1, newestAt: /^20/ })

    const broken = { before: [{ kind: 'sql', name: 'no', sql: 'SELECT 1/0' }] }
    await must('PUT', `/v1/policies/${policy.id}`, { ...change, hooks: broken })
    t.match(await backUp(), { status: 'failed' })
    t.match(await status(), { level: 'warning', findings: [{ kind: 'last-run-failed' }] })
    const about = (kind: string, event: string) =>
      told.filter(one => one.event === event && one.facts.incident === kind)
    await stack.until(async () => about('last-run-failed', 'incident-opened').length > 0)
    await backUp()
    await must('PUT', `/v1/policies/${policy.id}`, change)
    t.match(await backUp(), { status: 'succeeded' })
    await stack.until(async () => about('last-run-failed', 'incident-closed').length > 0)
    t.equal(about('last-run-failed', 'incident-opened').length, 1, 'one message per incident')
    t.match(about('last-run-failed', 'incident-opened')[0], {
      policy: 'shop-daily',
      source: 'shop',
      severity: 'warning',
      text: /HOOK_FAILED/
    })
    await must('PATCH', `/v1/channels/${channel.id}`, {
      summary: { cron: '0 8 * * *', timeZone: 'UTC' }
    })
    await query(stack.catalogUrl, `UPDATE channels SET created_at = now() - interval '3 days'`)
    await stack.until(async () => told.some(one => one.event === 'weekly-summary'))
    t.match(
      told.filter(one => one.event === 'weekly-summary'),
      [
        {
          title: /all is well/,
          text: /^shop-daily: ok; 2 backups, 2 failed/,
          facts: { policies: '1' }
        }
      ],
      'one summary for the days that were missed'
    )
    const all = await must('GET', '/v1/status')
    t.match(all, { status: 'ok', findings: [], policies: [{ policy: 'shop-daily', level: 'ok' }] })
    await worker.stop()
    t.match(await must('GET', '/v1/status'), {
      status: 'critical',
      findings: [{ kind: 'worker-missing', hint: String }]
    })
    t.ok((await must('GET', '/v1/incidents?open=false')).items.length > 0)
  }
)

t.test('cost and lifecycle are computed from what is there', async t => {
  const { must, policy, backUp } = await live(t, {
    schedules: [{ name: 'nightly', cron: '0 1 * * *' }],
    retention: { daily: 7 }
  })
  await backUp()
  const cost = await must('GET', `/v1/policies/${policy.id}/cost?months=3`)
  t.equal(cost.months.length, 3)
  t.ok(cost.bytesPerBackup > 0 && cost.total > 0)
  t.equal(cost.months[2].backups, 7)
  t.match(await must('GET', `/v1/policies/${policy.id}/lifecycle`), { bucket: null, rules: [] })
})
