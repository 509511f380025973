import t from 'tap'
import { ident, literal, qualified, withConnection } from '../src/index.ts'
import { testTarget, weird } from './support.ts'

const nasty = [
  'plain',
  'Mixed Case',
  '',
  "o'hara",
  '"',
  '""',
  '\\',
  "\\'; DROP TABLE t; --",
  "''",
  'a\nb\tc',
  '$$',
  '$1',
  '%s',
  'E\\x41',
  'ñ 東京 🛒',
  'a.b',
  'select'
]

t.test('a literal comes back as it was, whatever it is and whatever the session says', async t => {
  await withConnection(await testTarget(t), async client => {
    for (const setting of ['on', 'off']) {
      await client.query(`SET standard_conforming_strings = ${setting}`)
      for (const text of nasty) {
        const { rows } = await client.query(`SELECT ${literal(text)}::text AS text`)
        t.equal(rows[0].text, text, JSON.stringify(text))
      }
    }
  })
})

t.test('a name names exactly what it says', async t => {
  await withConnection(await testTarget(t), async client => {
    for (const name of nasty.filter(Boolean)) {
      await client.query(`CREATE SCHEMA ${ident(name)}`)
      await client.query(`CREATE TABLE ${qualified(name, name)} (${ident(name)} int)`)
      const { rows } = await client.query(
        `SELECT count(*)::int AS n FROM information_schema.columns
         WHERE table_schema = $1 AND table_name = $1 AND column_name = $1`,
        [name]
      )
      t.equal(rows[0].n, 1, JSON.stringify(name))
    }
  })
})

t.test('of 63 bytes, as long as PostgreSQL takes', async t => {
  const name = '"'.repeat(63)
  await withConnection(await testTarget(t), async client => {
    await client.query(`CREATE TABLE ${ident(name)} ()`)
    const { rows } = await client.query(`SELECT relname FROM pg_class WHERE relname = $1`, [name])
    t.equal(rows.length, 1)
  })
})

t.test('schema and table are quoted apart', async t => {
  t.equal(qualified('a.b', 'c"d'), '"a.b"."c""d"')
  t.match(weird(), /["'\\]/)
})
