import t from 'tap'
import { testCatalog } from './support.ts'

const { catalog, database } = await testCatalog(t)
const { begin, complete, forget } = catalog.idempotency
const keyId = async () =>
  (await catalog.apiKeys.create({ name: 'test', role: 'operator' })).apiKey.id
const mine = await keyId()
const inProgress = { code: 'IDEMPOTENCY_IN_PROGRESS', retryable: true }
const reused = { code: 'IDEMPOTENCY_KEY_REUSED', retryable: false }

t.test('the first request goes on, a repeated one gets its answer', async t => {
  t.same(await begin(mine, 'answer', 'hash'), { state: 'new' })
  const body = { id: 'x', list: [1, null, { b: 1, a: 'ñ' }] }
  await complete(mine, 'answer', 202, body)
  for (let i = 0; i < 2; i++)
    t.same(await begin(mine, 'answer', 'hash'), { state: 'done', status: 202, body })
})

t.test('of many at once exactly one goes on', async t => {
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => begin(mine, 'race', 'hash'))
  )
  t.equal(results.filter(({ status }) => status === 'fulfilled').length, 1)
  for (const result of results) if (result.status === 'rejected') t.match(result.reason, inProgress)
})

t.test('until the first has ended the second is told to come again', async t => {
  await begin(mine, 'slow', 'hash')
  await t.rejects(begin(mine, 'slow', 'hash'), inProgress)
})

t.test('the same key for another request is a mistake, before and after the answer', async t => {
  await begin(mine, 'twice', 'hash')
  await t.rejects(begin(mine, 'twice', 'other hash'), reused)
  await complete(mine, 'twice', 200, {})
  await t.rejects(begin(mine, 'twice', 'other hash'), reused)
})

t.test('keys of two clients do not meet', async t => {
  await begin(mine, 'shared', 'hash')
  t.same(await begin(await keyId(), 'shared', 'other hash'), { state: 'new' })
})

t.test('a forgotten request may come again; a finished one is not forgotten', async t => {
  await begin(mine, 'failed', 'hash')
  await forget(mine, 'failed')
  t.same(await begin(mine, 'failed', 'hash'), { state: 'new' })
  await complete(mine, 'failed', 201, null)
  await forget(mine, 'failed')
  t.same(await begin(mine, 'failed', 'hash'), { state: 'done', status: 201, body: null })
})

t.test('an answer is kept for a day and no longer', async t => {
  await begin(mine, 'old', 'hash')
  await complete(mine, 'old', 200, {})
  const age = (hours: string) =>
    database.query(
      `UPDATE idempotency_keys SET created_at = now() - $1::interval WHERE key = 'old'`,
      [hours]
    )
  await age('23 hours 59 minutes')
  t.match(await begin(mine, 'old', 'hash'), { state: 'done' })
  await age('24 hours 1 second')
  t.same(await begin(mine, 'old', 'other hash'), { state: 'new' })
})
