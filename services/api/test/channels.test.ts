import t from 'tap'
import { prepare } from './fixtures.ts'
import { buildTestApp, type TestApp } from './support.ts'

const url = '/v1/channels'
const missing = '00000000-0000-4000-8000-000000000000'

const webhook = {
  kind: 'webhook',
  name: 'on-call',
  settings: { url: 'https://hooks.example/resguardo' },
  secret: 'correct-horse-battery'
}
const slack = {
  kind: 'slack',
  name: 'chat',
  secret: 'https://hooks.slack.com/services/T0/B0/xyzzy'
}
const mailServer = {
  host: 'mail.internal',
  port: 587,
  secure: 'starttls',
  from: 'backup@example.org',
  to: ['ops@example.org']
}
const email = {
  kind: 'email',
  name: 'mail',
  settings: { ...mailServer, user: 'backup' },
  secret: 'open-sesame-sesame',
  summary: { cron: '0 7 * * 1', timeZone: 'Europe/Berlin' }
}

const add = ({ ask }: TestApp, body: object) => ask('admin', { method: 'POST', url, body })

async function auditOf({ ask }: TestApp) {
  const { items } = (await ask('admin', { url: '/v1/audit' })).json()
  return items as { action: string; resource: string; actor: string; detail: object }[]
}

t.test('a channel of each kind is added, changed and removed; its secret never seen', async t => {
  const api = await buildTestApp(t)
  const { ask, catalog, lines } = api
  const created = await add(api, email)
  t.equal(created.statusCode, 201, created.body)
  const { id, createdAt, updatedAt, ...shown } = created.json()
  const own = `${url}/${id}`
  t.equal(created.headers.location, own)
  const { secret: _, ...rest } = email
  t.strictSame(shown, { ...rest, hasSecret: true, summaryFor: null })
  t.equal(await catalog.channels.readSecret(id), 'open-sesame-sesame')

  const others = [await add(api, webhook), await add(api, slack)]
  t.match(others[0]?.json(), { kind: 'webhook', settings: webhook.settings, summary: null })
  t.match(others[1]?.json(), { kind: 'slack', settings: {}, hasSecret: true })

  const patch = (body: object) => ask('admin', { method: 'PATCH', url: own, body })
  const moved = { ...email.settings, host: 'smtp.internal' }
  const changes = [
    await patch({ settings: moved }),
    await patch({ secret: 'hunter2-hunter2' }),
    await patch({ summary: null })
  ]
  t.match(changes[0]?.json(), { settings: moved, summary: email.summary, hasSecret: true })
  t.match(changes[2]?.json(), { settings: moved, summary: null })
  t.equal(await catalog.channels.readSecret(id), 'hunter2-hunter2')
  t.strictSame((await ask('viewer', { url: own })).json(), changes[2]?.json())
  const list = await ask('viewer', { url })
  t.strictSame(
    list.json().items.map(({ name }: { name: string }) => name),
    ['chat', 'mail', 'on-call']
  )

  t.equal((await ask('admin', { method: 'DELETE', url: own })).statusCode, 204)
  const gone = await ask('viewer', { url: own })
  t.match(gone.json(), { code: 'CHANNEL_NOT_FOUND', status: 404 })

  const audit = await auditOf(api)
  t.strictSame(
    audit.map(({ action }) => action),
    ['channel.delete', ...Array(3).fill('channel.change'), ...Array(3).fill('channel.create')]
  )
  t.match(audit[0], { actor: 'key:admin', resource: `channel:${id}`, detail: { name: 'mail' } })
  t.match(audit[2], { detail: { fields: ['secret'] } })
  t.match(audit.at(-1), { resource: `channel:${id}`, detail: { name: 'mail', kind: 'email' } })
  const answers = [created, ...others, ...changes, list].map(({ headers, body }) => [headers, body])
  const seen = JSON.stringify([answers, audit]) + lines.join('')
  t.notMatch(seen, /sesame|hunter2|correct-horse|xyzzy/)
})

t.test('what a channel cannot be is refused, naming the field', async t => {
  const api = await buildTestApp(t)
  const refused = async (body: object, field: RegExp) => {
    const answer = (await add(api, body)).json()
    t.equal(answer.code, 'VALIDATION_FAILED', JSON.stringify(body))
    t.match(answer.detail, field)
    t.notMatch(JSON.stringify(answer), /sesame|correct-horse|xyzzy/)
  }
  const { secret: _w, ...bare } = webhook
  const { secret: _s, ...mute } = slack
  const { secret: _e, ...login } = email
  await refused(bare, /body\/secret: is required/)
  await refused(mute, /body\/secret: is required/)
  await refused(login, /body\/secret: is required/)
  await refused({ ...email, settings: mailServer }, /body\/secret: is the password/)
  await refused({ ...webhook, secretEnv: 'HOOK_KEY' }, /only one of secret/)
  await refused({ ...webhook, secret: undefined, secretEnv: 'RESGUARDO_KEY' }, /body\/secretEnv/)
  await refused({ ...webhook, kind: 'pager' }, /body\/kind/)
  await refused({ ...webhook, settings: mailServer }, /body\/settings\/url/)
  await refused({ ...slack, settings: { channel: '#ops' } }, /body\/settings\/channel/)
  await refused({ ...webhook, name: 'On Call' }, /body\/name/)
  await refused({ ...webhook, token: 'x' }, /body\/token/)

  const summary = (cron: string, timeZone = 'UTC') => ({ ...webhook, summary: { cron, timeZone } })
  await refused(summary('0 25 * * 1'), /body\/summary: Cron "0 25 \* \* 1"/)
  await refused(summary('0 0 30 2 *'), /body\/summary: .*never occurs/)
  await refused(summary('0 7 * * 1', 'Mars/Olympus'), /body\/summary: Time zone "Mars\/Olympus"/)
  t.strictSame((await api.catalog.channels.all()).length, 0)
  t.strictSame(await auditOf(api), [])
})

t.test('a change is checked against what the channel would become', async t => {
  const api = await buildTestApp(t)
  const { id } = (await add(api, email)).json()
  const own = `${url}/${id}`
  const before = (await api.ask('viewer', { url: own })).json()
  const refused = async (body: object, detail: RegExp) => {
    const answer = (await api.ask('admin', { method: 'PATCH', url: own, body })).json()
    t.match(answer, { code: 'VALIDATION_FAILED', detail }, JSON.stringify(body))
  }
  await refused({}, /body/)
  await refused({ name: 'other' }, /body\/name/)
  await refused({ kind: 'slack' }, /body\/kind/)
  await refused({ settings: { url: 'https://hooks.example' } }, /body\/settings\/host/)
  await refused({ settings: mailServer }, /body\/secret: is the password/)
  await refused({ summary: { cron: 'on monday' } }, /body\/summary/)
  await refused({ summary: { cron: '61 7 * * 1', timeZone: 'UTC' } }, /body\/summary: Cron/)
  t.strictSame((await api.ask('viewer', { url: own })).json(), before, 'nothing changed')

  const plain = (await add(api, { kind: 'email', name: 'plain', settings: mailServer })).json()
  t.equal(plain.hasSecret, false)
  const body = { settings: email.settings, secretEnv: 'SMTP_PASSWORD' }
  const changed = await api.ask('admin', { method: 'PATCH', url: `${url}/${plain.id}`, body })
  t.match(changed.json(), { settings: { user: 'backup' }, hasSecret: true })
})

t.test('a summary without a time zone is in UTC', async t => {
  const api = await buildTestApp(t)
  const created = await add(api, { ...webhook, summary: { cron: '0 7 * * 1' } })
  t.strictSame(created.json().summary, { cron: '0 7 * * 1', timeZone: 'UTC' })
})

t.test('a name is taken once, and a channel that a policy names stays', async t => {
  const api = await buildTestApp(t)
  const { id } = (await add(api, webhook)).json()
  t.match((await add(api, { ...slack, name: webhook.name })).json(), {
    code: 'NAME_TAKEN',
    status: 409
  })
  const { sourceId, repositoryId } = await prepare(api)
  const policy = await api.ask('admin', {
    method: 'POST',
    url: '/v1/policies',
    body: { name: 'shop', sourceId, repositoryId, channelIds: [id], retention: { last: 3 } }
  })
  t.equal(policy.statusCode, 201, policy.body)
  const remove = () => api.ask('admin', { method: 'DELETE', url: `${url}/${id}` })
  t.match((await remove()).json(), { code: 'CHANNEL_IN_USE', status: 409 })
  await api.ask('admin', { method: 'DELETE', url: policy.headers.location as string })
  t.equal((await remove()).statusCode, 204)
})

t.test('what does not exist is not found', async t => {
  const { ask } = await buildTestApp(t)
  const asked = [
    { method: 'GET', url: `${url}/${missing}` },
    { method: 'PATCH', url: `${url}/${missing}`, body: { summary: null } },
    { method: 'DELETE', url: `${url}/${missing}` },
    { method: 'POST', url: `${url}/${missing}/test` }
  ] as const
  for (const one of asked)
    t.match((await ask('admin', one)).json(), { code: 'CHANNEL_NOT_FOUND', status: 404 })
})

t.test('viewers only read; operators also test', async t => {
  const api = await buildTestApp(t)
  const { id } = (await add(api, webhook)).json()
  const own = `${url}/${id}`
  const changes = [
    { method: 'POST', url, body: slack },
    { method: 'PATCH', url: own, body: { summary: null } },
    { method: 'DELETE', url: own }
  ] as const
  for (const role of ['viewer', 'operator'] as const)
    for (const change of changes)
      t.equal((await api.ask(role, change)).json().code, 'FORBIDDEN', `${role} ${change.method}`)
  const test = { method: 'POST', url: `${own}/test` } as const
  t.equal((await api.ask('viewer', test)).json().code, 'FORBIDDEN')
  t.equal((await api.ask('operator', test)).statusCode, 202)
})
