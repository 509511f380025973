import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { type ClientPrograms, chooseClient, findClientPrograms, majorOf } from '../src/index.ts'

const programs = (...majors: number[]): ClientPrograms[] =>
  majors.map(major => ({ major, version: `${major}.4`, bin: `/pg/${major}` }))

t.test('the oldest that is not older than the server', async t => {
  const installed = programs(14, 15, 17)
  const chosen = [13, 14, 15, 16, 17].map(major => chooseClient(installed, major).major)
  t.same(chosen, [14, 14, 15, 17, 17])
})

t.test('none is new enough: which is needed, what is there, what to install', async t => {
  t.throws(() => chooseClient(programs(14, 15), 16), {
    code: 'PG_CLIENT_MISSING',
    retryable: false,
    message: /major 16 or newer; installed here: 14\.4, 15\.4$/,
    hint: /postgresql-client-16/
  })
  t.throws(() => chooseClient([], 16), { code: 'PG_CLIENT_MISSING', message: /here: none$/ })
})

t.test('the major of a server by its number', async t => {
  t.same([90_624, 100_023, 150_006, 180_000].map(majorOf), [9, 10, 15, 18])
})

t.test('finds what is installed here, oldest first, each major once', async t => {
  const found = await findClientPrograms()
  t.ok(found.length > 0)
  const majors = found.map(({ major }) => major)
  t.same(
    majors,
    [...new Set(majors)].sort((a, b) => a - b)
  )
  for (const { version, major } of found) t.ok(version.startsWith(`${major}`), version)
})

t.test('directories that are named win; what is no pg_dump in them is passed over', async t => {
  const dir = t.testdir({
    new: {},
    again: {},
    beta: {},
    broken: {},
    other: {},
    still: {},
    empty: {}
  })
  const says = (name: string, script: string, mode = 0o755) => {
    writeFileSync(join(dir, name, 'pg_dump'), `#!/bin/sh\n${script}\n`)
    chmodSync(join(dir, name, 'pg_dump'), mode)
  }
  const version = (text: string) => `echo 'pg_dump (PostgreSQL) ${text}'`
  says('new', version('99.2 (Debian 99.2-1.pgdg12+1)'))
  says('again', version('99.1'))
  says('beta', version('98beta1'))
  says('broken', `${version('97.1')}; exit 1`)
  says('other', 'echo some other program 96.1')
  says('still', version('95.1'), 0o644)
  const names = ['missing', 'broken', 'other', 'still', 'empty', 'new', 'again', 'beta']
  const found = await findClientPrograms(names.map(name => join(dir, name)))
  t.same(
    found.filter(({ major }) => major > 90),
    [
      { major: 98, version: '98beta1', bin: join(dir, 'beta') },
      { major: 99, version: '99.2', bin: join(dir, 'new') }
    ]
  )
  const installed = (await findClientPrograms()).at(-1)!
  says('new', version(`${installed.major}.999`))
  const [own] = (await findClientPrograms([join(dir, 'new')])).filter(
    ({ major }) => major === installed.major
  )
  t.equal(own!.bin, join(dir, 'new'))
})

t.test('an empty setting names no directory', async t => {
  t.same(await findClientPrograms(''.split(',')), await findClientPrograms())
})
