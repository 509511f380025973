import t from 'tap'
import { query, superuserUrl } from '../../../test/support/postgres.ts'
import { connect, dropDatabase, ident } from '../src/index.ts'
import { testTarget, weird } from './support.ts'

const exists = async (name: string) =>
  (await query(superuserUrl(), 'SELECT 1 FROM pg_database WHERE datname = $1', [name])).length > 0

t.test('a database with sessions in it is dropped, one that is not there is no error', async t => {
  const there = await testTarget(t, '', weird())
  const maintenance = { ...there, database: 'postgres' }
  const session = await connect(there)
  const ended = new Promise(resolve => session.once('end', resolve))
  await dropDatabase(maintenance, there.database)
  await ended
  t.notOk(await exists(there.database))
  await dropDatabase(maintenance, there.database)
})

t.test('its subscriptions go with it, enabled or not, and no publisher is asked', async t => {
  const name = weird()
  const there = await testTarget(t, '', name)
  const maintenance = { ...there, database: 'postgres' }
  // Nobody listens there; a database of another name keeps its own.
  const subscribe = (subscription: string, slot: string) =>
    `CREATE SUBSCRIPTION ${ident(subscription)} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = ${slot})`
  const other = await testTarget(t, subscribe(`${name} of another`, 'NONE'))
  t.teardown(() => dropDatabase(maintenance, other.database))
  for (const [subscription, slot] of Object.entries({
    [`${name} 1`]: 'NONE',
    [`${name} 2`]: 'slot_2'
  }))
    await query(superuserUrl(name), subscribe(subscription, slot))
  await query(superuserUrl(name), `ALTER SUBSCRIPTION ${ident(`${name} 2`)} ENABLE`)

  await dropDatabase(maintenance, name)
  t.notOk(await exists(name))
  t.same(
    await query(
      superuserUrl(),
      'SELECT subname FROM pg_subscription WHERE starts_with(subname, $1)',
      [name]
    ),
    [{ subname: `${name} of another` }]
  )
})
