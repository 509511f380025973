import t from 'tap'
import { buildTestApp, type TestApp } from './support.ts'

const url = '/v1/secrets'
const missing = '00000000-0000-4000-8000-000000000000'
const DAY = 86_400_000
const daysAgo = (days: number) => new Date(Date.now() - days * DAY).toISOString()

const entry = {
  name: 'shop-db-password',
  kind: 'database-password',
  owner: 'Ana',
  note: 'In the vault, under shop',
  rotateDays: 90,
  rotatedAt: '2026-01-01T00:00:00.000Z'
}

const register = ({ ask }: TestApp, body: object = entry) =>
  ask('admin', { method: 'POST', url, body })

t.test(
  'a secret is registered, shown, changed, rotated and removed, all of it audited',
  async t => {
    const api = await buildTestApp(t)
    const { ask } = api
    const created = await register(api)
    t.equal(created.statusCode, 201, created.body)
    const { id } = created.json()
    const own = `${url}/${id}`
    t.equal(created.headers.location, own)
    const { createdAt, updatedAt, state, ...shown } = created.json()
    t.strictSame(shown, { ...entry, id, dueAt: '2026-04-01T00:00:00.000Z' })
    t.strictSame((await ask('viewer', { url: own })).json(), created.json())
    t.strictSame((await ask('viewer', { url })).json(), {
      items: [created.json()],
      nextCursor: null
    })

    const changed = await ask('admin', { method: 'PATCH', url: own, body: { rotateDays: 30 } })
    t.match(changed.json(), { ...entry, rotateDays: 30, dueAt: '2026-01-31T00:00:00.000Z' })
    const at = daysAgo(3)
    const rotated = await ask('admin', { method: 'POST', url: `${own}/rotated`, body: { at } })
    t.equal(rotated.statusCode, 200, rotated.body)
    t.match(rotated.json(), { rotatedAt: at, state: 'ok', rotateDays: 30, owner: 'Ana' })
    t.equal((await ask('admin', { method: 'DELETE', url: own })).statusCode, 204)
    t.match((await ask('viewer', { url: own })).json(), { code: 'SECRET_NOT_FOUND', status: 404 })

    const { items } = (await ask('admin', { url: '/v1/audit' })).json()
    t.match(
      items.map(({ actor, action, resource }: Record<string, string>) => [actor, action, resource]),
      [
        ['key:admin', 'secret.delete', `secret:${id}`],
        ['key:admin', 'secret.rotated', `secret:${id}`],
        ['key:admin', 'secret.change', `secret:${id}`],
        ['key:viewer', 'secret.list', 'secrets'],
        ['key:viewer', 'secret.read', `secret:${id}`],
        ['key:admin', 'secret.register', `secret:${id}`]
      ]
    )
    t.equal(items.length, 6)
    t.match(items[1].detail, { at })
    t.strictSame(items[2].detail, { fields: ['rotateDays'] })
  }
)

t.test('an entry says whether it is due; by default it was just replaced', async t => {
  const api = await buildTestApp(t)
  const { rotatedAt: _, note: _note, ...fresh } = entry
  const stateOf = async (name: string, age?: number) => {
    const dates = age === undefined ? {} : { rotatedAt: daysAgo(age) }
    return (await register(api, { ...fresh, name, ...dates })).json().state
  }
  t.equal(await stateOf('new'), 'ok')
  t.equal(await stateOf('soon', 80), 'soon')
  t.equal(await stateOf('due', 91), 'due')
  const { items } = (await api.ask('viewer', { url })).json()
  t.strictSame(
    items.map(({ name, state }: Record<string, string>) => [name, state]),
    [
      ['due', 'due'],
      ['new', 'ok'],
      ['soon', 'soon']
    ]
  )
  t.equal(items[1].note, '')

  const rotate = { method: 'POST', url: `${url}/${items[0].id}/rotated`, body: {} } as const
  t.equal((await api.ask('admin', rotate)).json().state, 'ok')
})

t.test('no value can be given, and no wrong entry', async t => {
  const api = await buildTestApp(t)
  const refused = async (body: object, field: string) => {
    const answer = (await register(api, body)).json()
    t.match(answer, { code: 'VALIDATION_FAILED', detail: new RegExp(`body/${field}`) }, field)
    t.notMatch(JSON.stringify(answer), /hunter2/)
  }
  for (const field of ['value', 'secret', 'password'])
    await refused({ ...entry, [field]: 'hunter2' }, field)
  await refused({ ...entry, name: 'Shop DB' }, 'name')
  await refused({ ...entry, rotateDays: 0 }, 'rotateDays')
  await refused({ ...entry, owner: '' }, 'owner')
  await refused({ ...entry, note: 'two\nlines' }, 'note')
  await refused({ ...entry, rotatedAt: daysAgo(-1) }, 'rotatedAt: must not be in the future')
  await refused({ ...entry, rotatedAt: 'yesterday' }, 'rotatedAt')

  const { id } = (await register(api)).json()
  t.match((await register(api)).json(), { code: 'NAME_TAKEN', status: 409 })
  const patch = (body: object) => api.ask('admin', { method: 'PATCH', url: `${url}/${id}`, body })
  for (const body of [{}, { name: 'x' }, { value: 'hunter2' }, { rotatedAt: daysAgo(1) }])
    t.equal((await patch(body)).json().code, 'VALIDATION_FAILED', JSON.stringify(body))
  const later = { method: 'POST', url: `${url}/${id}/rotated`, body: { at: daysAgo(-1) } } as const
  t.match((await api.ask('admin', later)).json(), {
    code: 'VALIDATION_FAILED',
    detail: 'body/at: must not be in the future'
  })
  t.match((await api.ask('viewer', { url: `${url}/${id}` })).json(), entry)
})

t.test('viewers only read, and what does not exist is not found', async t => {
  const { ask } = await buildTestApp(t)
  const own = `${url}/${missing}`
  const changes = [
    { method: 'POST', url, body: entry },
    { method: 'PATCH', url: own, body: { rotateDays: 1 } },
    { method: 'POST', url: `${own}/rotated`, body: {} },
    { method: 'DELETE', url: own }
  ] as const
  for (const role of ['viewer', 'operator'] as const)
    for (const change of changes) t.equal((await ask(role, change)).json().code, 'FORBIDDEN')
  for (const asked of [...changes.slice(1), { url: own }])
    t.match((await ask('admin', asked)).json(), { code: 'SECRET_NOT_FOUND', status: 404 })
  t.strictSame((await ask('admin', { url: '/v1/audit' })).json().items, [])
})
