import { readFileSync } from 'node:fs'
import t from 'tap'
import { closest } from '../src/config-file/closest.ts'
import { readYaml } from '../src/config-file/read-yaml.ts'
import { fileSchema, type Node } from '../src/config-file/schema.ts'
import { schemaProblems } from '../src/config-file/schema-problems.ts'
import { differences } from '../src/plan/differences.ts'

const docs = (name: string) =>
  readFileSync(new URL(`../../../docs/${name}`, import.meta.url), 'utf8')

/** As `apply` would print them, without the file's name. */
function problemsOf(text: string): string[] {
  const { value, problems, placeOf } = readYaml(text)
  const yaml = problems.map(({ line, column, message }) => `${line}:${column}: ${message}`)
  if (value === undefined) return yaml
  const schema = schemaProblems(fileSchema, value).map(problem => {
    const { line, column } = placeOf(problem)
    return `${line}:${column}: /${problem.path.join('/')}: ${problem.message}`
  })
  return [...yaml, ...schema]
}

t.test('the published schema is the one that files are checked with', async t => {
  const published = JSON.parse(docs('reference/resguardo.schema.json'))
  t.same(
    published,
    fileSchema,
    'npm run --silent config-schema > docs/reference/resguardo.schema.json'
  )
})

t.test('every object of the schema is closed, and no secret has a field of its own', async t => {
  let objects = 0
  const walk = (node: Node, path: string) => {
    const { properties = {}, items, anyOf = [] } = node
    if (node.properties) {
      objects += 1
      t.equal(node.additionalProperties, false, `${path} is closed`)
    }
    for (const [name, field] of Object.entries(properties)) {
      t.notOk(`${name}Env` in properties, `${path}/${name} holds no secret`)
      walk(field, `${path}/${name}`)
    }
    if (items) walk(items, `${path}[]`)
    for (const [i, one] of anyOf.entries()) walk(one, `${path}|${i}`)
  }
  walk(fileSchema, '')
  t.ok(objects > 20)
})

t.test('the example fits the schema', async t => {
  t.same(problemsOf(docs('examples/resguardo.yaml')), [])
})

t.test('every problem is told, with its place', async t => {
  const text = `version: 2
sourcess: []
sources:
  - name: Shop
    host: db
    database: shop
    user: backup
    password: hunter2
    port: "5432"
    sslMode: requir
  - { name: a, host: h, database: d, user: u, passwordEnv: A, passwordFile: /a }
  - shop
repositories:
  - kind: s4
    name: nas
  - name: nas
  - { kind: s3, name: s3, settings: { bucket: b2b, sse: AES25 }, recipients: [] }
channels:
  - kind: email
    name: mail
    settings: { host: h, port: 25, secure: none, user: u, from: a@b.de, to: [a@b.de] }
    summary: { cron: 0 8 * * 1, zone: UTC }
  - { kind: webhook, name: w, settings: { url: "http://x", headers: { Cookie: x } }, summary: null }
secrets:
  - { name: s, kind: jwt, owner: me, rotateDays: 0, rotatedAt: yesterday }
policies:
  - name: p
    sourceId: shop
    repository: nas
    copyTo: [a, a]
    retention:
      dayly: 7
      within: 30 days
    hooks: { before: [{ kind: sql, name: x }, { kind: sqk }] }
    lock: { mode: goverance }
`
  t.same(problemsOf(text), [
    '1:10: /version: must be 1',
    '2:1: /sourcess: unknown field; did you mean sources?',
    '4:11: /sources/0/name: must match pattern "^[a-z0-9][a-z0-9_-]{0,62}$", for example shop',
    '8:5: /sources/0/password: secrets do not belong into this file; give passwordEnv or passwordFile, which say where the worker finds it',
    '9:11: /sources/0/port: must be integer',
    '10:14: /sources/0/sslMode: must be one of disable, prefer, require, verify-ca, verify-full; did you mean require?',
    '11:5: /sources/1: give only one of passwordEnv and passwordFile',
    '12:5: /sources/2: must be object',
    '14:11: /repositories/0/kind: must be one of local, s3; did you mean s3?',
    '16:5: /repositories/1/kind: is required',
    '17:57: /repositories/2/settings/sse: must be one of AES256, aws:kms; did you mean AES256?',
    '17:78: /repositories/2/recipients: must not have fewer than 1 items',
    '21:44: /channels/0/settings/secure: must be one of tls, starttls',
    '22:33: /channels/0/summary/zone: unknown field',
    '23:79: /channels/1/settings/headers/Cookie: must match pattern "^(?!([Aa]uthorization|[Pp]roxy-[Aa]uthorization|[Cc]ookie)$)[A-Za-z0-9-]{1,100}$"',
    '25:50: /secrets/0/rotateDays: must be >= 1',
    '25:64: /secrets/0/rotatedAt: must match format "date-time"',
    '27:5: /policies/0/source: is required',
    '28:5: /policies/0/sourceId: unknown field; did you mean source?',
    '30:13: /policies/0/copyTo: must not have duplicate items',
    '32:7: /policies/0/retention/dayly: unknown field; did you mean daily?',
    '33:15: /policies/0/retention/within: must match pattern "^[1-9][0-9]{0,4}[hdwy]$", for example 30d',
    '34:23: /policies/0/hooks/before/0/sql: is required',
    '34:55: /policies/0/hooks/before/1/kind: must be one of sql, http; did you mean sql?',
    '35:19: /policies/0/lock/mode: must be one of governance, compliance; did you mean governance?'
  ])
  t.notMatch(problemsOf(text).join('\n'), 'hunter2')
})

t.test('what is wrong with the YAML itself', async t => {
  t.match(problemsOf('version: 1\nsources:\n  - name: a\n   host: x\n'), [
    /^4:1: Sequence item without/
  ])
  t.match(problemsOf('version: 1\npolicies: [\n'), [/^3:1: /])
  t.same(problemsOf('version: 1\nversion: 1\nsorces: []\n'), [
    '2:1: the same field stands there twice',
    '3:1: /sorces: unknown field; did you mean sources?'
  ])
  t.match(problemsOf('version: !secret 1\n'), [/^1:10: Unresolved tag/])
  t.match(problemsOf('version: 1\nsources: *nobody\n'), [/^1:1: Unresolved alias/])
  t.match(problemsOf('version: 1\n---\nversion: 1\n'), [/^2:1: /])
  t.same(problemsOf(''), ['1:1: /: must be object'])
})

t.test('what an anchor stands for is checked, and told where it stands', async t => {
  const text = `version: 1
policies:
  - { name: a, source: s, repository: r, retention: &keep { daily: 7 } }
  - { name: b, source: s, repository: r, retention: *keep }
`
  t.same(problemsOf(text), [])
  t.same(problemsOf(text.replace('daily: 7', 'dayly: 7')), [
    '3:61: /policies/0/retention/dayly: unknown field; did you mean daily?',
    '3:61: /policies/1/retention/dayly: unknown field; did you mean daily?'
  ])
})

t.test('the closest name is the one that a slip of the keyboard makes', async t => {
  const known = ['daily', 'weekly', 'monthly', 'last']
  t.equal(closest('dayly', known), 'daily')
  t.equal(closest('dialy', known), 'daily', 'swapped letters')
  t.equal(closest('Weekly', known), 'weekly')
  t.equal(closest('lst', known), 'last')
  t.equal(closest('retention', known), undefined)
  t.equal(closest('x', known), undefined)
})

t.test('differences are told field by field', async t => {
  const before = { a: 1, list: ['x'], inside: { b: 2 }, items: [{ n: 1 }, { n: 2 }] }
  t.same(differences(before, structuredClone(before)), [])
  t.same(
    differences(before, { a: 2, list: ['x', 'y'], inside: { b: 2, c: 3 }, items: [{ n: 1 }] }),
    [
      { path: 'a', from: 1, to: 2 },
      { path: 'list', from: ['x'], to: ['x', 'y'] },
      { path: 'inside.c', from: undefined, to: 3 },
      { path: 'items.1', from: { n: 2 }, to: undefined }
    ]
  )
  t.same(differences({ summary: null }, { summary: { cron: 'x' } }), [
    { path: 'summary', from: null, to: { cron: 'x' } }
  ])
})
