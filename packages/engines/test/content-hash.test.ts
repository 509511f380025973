import {
  findClientPrograms,
  readTableContent,
  useStableText,
  withConnection
} from '@resguardo/pg-tools'
import t from 'tap'
import { startEngine } from '../../../test/support/engine.ts'
import { newName, testSource } from './support.ts'

const clients = await findClientPrograms()
const table = { schema: 'public', name: 'a' }

t.test('every column is hashed, also beside one that is called t', async t => {
  const source = await testSource(
    t,
    `CREATE TABLE a (id int, t text); INSERT INTO a VALUES (1, 'x')`
  )
  await withConnection(source, async client => {
    const hash = async (version: 1 | 2) => (await readTableContent(client, table, version)).hash
    await useStableText(client)
    const before = [await hash(1), await hash(2)]
    await client.query('UPDATE public.a SET id = 2')
    t.equal(await hash(1), before[0], 'as it was')
    t.not(await hash(2), before[1])
    await client.query('ALTER TABLE public.a RENAME t TO u')
    t.equal(await hash(1), await hash(2), 'for all other tables nothing changed')
    await client.query('ALTER TABLE public.a DROP id, DROP u')
    t.equal(await hash(1), await hash(2), 'nor for one without columns')
  })
})

t.test('a restore compares hashes in the way of their version', async t => {
  const engine = await startEngine(t, clients)
  const source = await testSource(
    t,
    `CREATE TABLE a (id int, t text); INSERT INTO a SELECT i, 'x' FROM generate_series(1, 10) i;
     CREATE TABLE b AS SELECT id FROM a`
  )
  const manifest = await engine.backup(source, { contentHash: 'full' })
  t.equal(manifest.contentHashVersion, 2)
  t.notOk('contentHashVersion' in (await engine.backup(source)))
  await engine.restore(manifest, newName(t, source))

  const before = await withConnection(source, async client => {
    await useStableText(client)
    return readTableContent(client, table, 1)
  })
  const tables = manifest.tables.map(listed =>
    listed.name === 'a' ? { ...listed, contentHash: before.hash } : listed
  )
  const mismatch = {
    code: 'RESTORE_COUNT_MISMATCH',
    message: /^public\.a has the right number of rows/
  }
  const { contentHashVersion: _, ...older } = manifest
  await engine.restore({ ...older, tables }, newName(t, source))
  await t.rejects(engine.restore({ ...manifest, tables }, newName(t, source)), mismatch)
  await t.rejects(engine.restore(older, newName(t, source)), mismatch)
})
