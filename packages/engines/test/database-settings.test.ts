import { ident, type PgTarget, withConnection } from '@resguardo/pg-tools'
import t from 'tap'
import { installedMajors, startCluster } from '../../../test/support/clusters.ts'
import { startEngine } from '../../../test/support/engine.ts'
import {
  applyDatabaseProperties,
  type DatabaseProperties
} from '../src/logical/database-properties.ts'
import { rowsOf } from './support.ts'

/** As an operator writes them. Some would end, forbid or garble the statements that repeat them, if they held for those. */
const settings = [
  'default_transaction_read_only = on',
  'default_transaction_isolation = serializable',
  'default_transaction_deferrable = on',
  'transaction_read_only = on',
  'role = reader',
  'session_authorization = reader',
  'statement_timeout = 1',
  'lock_timeout = 1',
  'idle_in_transaction_session_timeout = 1',
  'search_path = "$user", "a ""quoted"", one", app',
  "search_path = ''",
  "temp_tablespaces = ''",
  "session_preload_libraries = 'a b', c",
  "local_preload_libraries = ''",
  "DateStyle = 'German, DMY'",
  "app.x = 'a ''quoted'' \\ one, two'",
  'app.list = \'"x", y\'',
  'standard_conforming_strings = off',
  "TimeZone = '<+0530>-05:30'",
  "work_mem = '7MB'"
]
const since: Record<number, string[]> = {
  14: ['idle_session_timeout = 1'],
  17: ['transaction_timeout = 1', 'event_triggers = off']
}
/** With these nobody can connect any more, or read what a backup reads. */
const locksOut = /_preload_libraries|session_authorization|^transaction_|idle_session/

const clients = await installedMajors()

for (const client of clients) {
  t.test(`whatever is set for a database comes back on PostgreSQL ${client.major}`, async t => {
    const cluster = await startCluster(t, client)
    const [postgres, source] = [cluster.target('postgres'), cluster.target('shop')]
    await rowsOf(postgres, 'CREATE ROLE reader')
    await rowsOf(postgres, 'CREATE DATABASE shop')
    await rowsOf(postgres, 'CREATE DATABASE again')
    const all = [
      ...settings,
      ...Object.entries(since).flatMap(([major, more]) =>
        client.major < Number(major) ? [] : more
      )
    ]

    for (const setting of all) {
      await t.test(setting, async t => {
        await setIn(postgres, 'shop', [setting])
        const wanted = await settingsOf(postgres, 'shop')
        t.equal(wanted.length, 2, 'of the database and of a role in it')
        await apply(postgres, 'again', wanted)
        t.same(await settingsOf(postgres, 'again'), wanted)
        await setIn(postgres, 'shop', [])
        await setIn(postgres, 'again', [])
      })
    }

    await t.test('a list without names', async t => {
      const empty = [{ role: null, settings: ['search_path='] }]
      await apply(postgres, 'again', empty)
      t.same(await settingsOf(postgres, 'again'), [{ role: null, settings: ['search_path=""'] }])
    })

    await t.test('and all together, through a backup', async t => {
      await setIn(
        postgres,
        'shop',
        all.filter(setting => !locksOut.test(setting))
      )
      const engine = await startEngine(t, clients)
      await engine.restore(await engine.backup(source), cluster.target('restored'))
      t.same(await settingsOf(postgres, 'restored'), await settingsOf(postgres, 'shop'))
    })
  })
}

type Settings = DatabaseProperties['settings']

const apply = (postgres: PgTarget, database: string, settings: Settings) =>
  withConnection(postgres, client =>
    applyDatabaseProperties(
      client,
      database,
      { settings, grants: null, connectionLimit: -1 },
      () => true
    )
  )

/** Exactly these, of the database and of a role in it. */
const setIn = (postgres: PgTarget, database: string, settings: string[]) =>
  withConnection(postgres, async client => {
    for (const whose of [
      `DATABASE ${ident(database)}`,
      `ROLE reader IN DATABASE ${ident(database)}`
    ]) {
      await client.query(`ALTER ${whose} RESET ALL`)
      for (const setting of settings) await client.query(`ALTER ${whose} SET ${setting}`)
    }
  })

const settingsOf = (postgres: PgTarget, database: string) =>
  rowsOf<Settings[number]>(
    postgres,
    `SELECT CASE WHEN setrole = 0 THEN NULL ELSE setrole::regrole::text END AS role, setconfig AS settings
     FROM pg_db_role_setting JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${database}' ORDER BY 1`
  )
