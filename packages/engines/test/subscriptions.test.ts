import { engines } from '@resguardo/engines'
import { findClientPrograms, type PgTarget } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { startEngine } from '../../../test/support/engine.ts'
import { databasesLike, query, superuserUrl } from '../../../test/support/postgres.ts'
import { newName, rowsOf, testSource } from './support.ts'

const clients = await findClientPrograms()

/** Only this file makes restores of databases with subscriptions; other tests use the same server. */
const leftOf = async (restoreOf: string) =>
  query(
    superuserUrl(),
    `SELECT datname FROM pg_subscription s JOIN pg_database d ON d.oid = subdbid
     WHERE subname = $1 AND datname LIKE 'resguardo_restore_%'`,
    [restoreOf]
  )

t.test('a restore that fails leaves no database, also of one with subscriptions', async t => {
  const engine = await startEngine(t, clients)
  const source = await subscriber(t)
  const manifest = await engine.backup(source)
  const target = newName(t, source)
  let filled = 0
  const onPhase = async (phase: string) => {
    if (phase !== 'publishing') return
    filled = (await leftOf(source.database)).length
    throw new Error('stopped here')
  }
  await t.rejects(engine.restore(manifest, target, {}, { onPhase }), { message: /stopped here/ })
  t.equal(filled, 1, 'the subscription was restored')
  t.same(await leftOf(source.database), [])
})

t.test('a kept database with a subscription can be dropped', async t => {
  const engine = await startEngine(t, clients)
  const source = await subscriber(t)
  const manifest = await engine.backup(source)
  const { replaced } = await engine.restore(manifest, source, { mode: 'swap' })
  await engines.logical.dropKept(source, replaced!)
  t.same(await databasesLike(replaced!), [])
  t.equal((await rowsOf(source, 'SELECT * FROM a')).length, 1)
  await rowsOf(source, `DROP SUBSCRIPTION "${source.database}"`)
})

/** Its subscription has the name of the database and waits for nobody; gone at the end of the test. */
async function subscriber(t: Test): Promise<PgTarget> {
  const source = await testSource(t, 'CREATE TABLE a (n int); INSERT INTO a VALUES (1)')
  const name = `"${source.database}"`
  await rowsOf(
    source,
    `CREATE SUBSCRIPTION ${name} CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false, slot_name = NONE)`
  )
  t.teardown(() => rowsOf(source, `DROP SUBSCRIPTION IF EXISTS ${name}`))
  return source
}
