import t, { type Test } from 'tap'
import { testCatalog } from './support.ts'

/** A log of `n` entries, and how a dishonest superuser changes it. */
async function auditLog(t: Test, n: number) {
  const { catalog, database } = await testCatalog(t)
  const append = (i: number) =>
    catalog.audit.append({
      actor: `key:${i}`,
      action: 'source.change',
      resource: `source:${i}`,
      requestId: `r${i}`,
      detail: { i }
    })
  for (let i = 1; i <= n; i++) await append(i)
  const forge = (sql: string) =>
    database.query(
      `ALTER TABLE audit_log DISABLE TRIGGER USER; ${sql}; ALTER TABLE audit_log ENABLE TRIGGER USER`
    )
  return { audit: catalog.audit, database, append, forge }
}

t.test('an honest log fits together, also an empty one', async t => {
  const { audit, append } = await auditLog(t, 0)
  t.equal(await audit.verify(), undefined)
  for (let i = 1; i <= 3; i++) await append(i)
  t.equal(await audit.verify(), undefined)
  const { items } = await audit.list({ limit: 9 })
  t.same(
    items.map(({ id }) => id),
    [3, 2, 1],
    'newest first'
  )
  t.match(items[2], { actor: 'key:1', detail: { i: 1 }, requestId: 'r1', previousHash: /^0{64}$/ })
  t.equal(items[1]!.previousHash, items[2]!.hash)
})

t.test('what jsonb changes in a detail does not break the chain', async t => {
  const { audit } = await auditLog(t, 0)
  const details = [
    { z: 1, a: { z: [1, { d: 1, b: 2 }], a: null }, '10': 1, '9': 2 },
    { n: [0, -0, 1e21, 1e-7, 0.1 + 0.2, 1.5e300, 5e-324] },
    { text: 'ñ €\n"\\/ \u2028 🔑', empty: '', '': {}, list: [] },
    { left: undefined, flag: false },
    JSON.parse('{"__proto__": {"x": 1}, "constructor": 1}')
  ]
  for (const detail of details)
    await audit.append({ actor: 'a', action: 'b', resource: 'c', detail })
  await audit.append({ actor: 'ñ 🔑', action: '', resource: "o'hara" })
  t.equal(await audit.verify(), undefined)
})

t.test('many at once are chained one after another', async t => {
  const { audit, append } = await auditLog(t, 0)
  await Promise.all(Array.from({ length: 30 }, (_, i) => append(i)))
  t.equal((await audit.list({ limit: 50 })).items.length, 30)
  t.equal(await audit.verify(), undefined)
})

t.test('the log takes no change and no removal', async t => {
  const { database, audit } = await auditLog(t, 2)
  for (const sql of [
    `UPDATE audit_log SET actor = 'other'`,
    'UPDATE audit_log SET id = id + 100',
    'DELETE FROM audit_log WHERE id = 2',
    'TRUNCATE audit_log'
  ])
    await t.rejects(database.query(sql), /the audit log is append-only/, sql)
  t.equal(await audit.verify(), undefined)
})

t.test('whatever is edited behind its back is found, at the entry', async t => {
  const { audit, forge, database } = await auditLog(t, 5)
  const edits: [string, string][] = [
    [`actor = 'key:other'`, `actor = 'key:3'`],
    [`action = 'source.list'`, `action = 'source.change'`],
    [`resource = 'source:9'`, `resource = 'source:3'`],
    ['request_id = NULL', `request_id = 'r3'`],
    [`detail = '{"i": 4}'`, `detail = '{"i": 3}'`],
    [`at = at + interval '1 ms'`, `at = at - interval '1 ms'`],
    [`hash = repeat('a', 64)`, ''],
    [`previous_hash = repeat('a', 64)`, '']
  ]
  for (const [edit, undo] of edits) {
    const [row] = await database.query<Record<string, string>>(
      'SELECT hash, previous_hash FROM audit_log WHERE id = 3'
    )
    await forge(`UPDATE audit_log SET ${edit} WHERE id = 3`)
    t.equal(await audit.verify(), 3, edit)
    await forge(
      `UPDATE audit_log SET ${undo || `hash = '${row!.hash}', previous_hash = '${row!.previous_hash}'`} WHERE id = 3`
    )
    t.equal(await audit.verify(), undefined, 'undone')
  }
})

t.test('a removed, inserted or exchanged entry is found', async t => {
  const removed = await auditLog(t, 4)
  await removed.forge('DELETE FROM audit_log WHERE id = 2')
  t.equal(await removed.audit.verify(), 3, 'the one after the gap')
  await removed.forge('UPDATE audit_log SET id = id - 1 WHERE id > 2')
  t.equal(await removed.audit.verify(), 2, 'also when the gap is closed')

  const first = await auditLog(t, 2)
  await first.forge('DELETE FROM audit_log WHERE id = 1')
  t.equal(await first.audit.verify(), 2)

  const inserted = await auditLog(t, 2)
  await inserted.forge(
    `INSERT INTO audit_log SELECT 3, at, 'key:sly', action, resource, request_id, detail, hash, repeat('b', 64) FROM audit_log WHERE id = 2`
  )
  t.equal(await inserted.audit.verify(), 3)

  const exchanged = await auditLog(t, 3)
  await exchanged.forge(
    'UPDATE audit_log SET id = -id; UPDATE audit_log SET id = CASE id WHEN -1 THEN 2 WHEN -2 THEN 1 ELSE 3 END'
  )
  t.equal(await exchanged.audit.verify(), 1)
})

t.test('a log longer than one read is followed to its end', async t => {
  const { audit, forge, append } = await auditLog(t, 0)
  for (let i = 0; i < 1_003; i++) await append(i)
  t.equal(await audit.verify(), undefined)
  await forge(`UPDATE audit_log SET actor = 'other' WHERE id = 1002`)
  t.equal(await audit.verify(), 1_002)
})
