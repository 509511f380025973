import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { until } from '../../../../test/support/stack.ts'
import { isAlive, programsDir } from './programs.ts'
import { outcomeOf, startScene } from './support.ts'

const base = { kind: 'command', name: 'close-month' } as const

t.test('exit code 0 passes, another one fails with what it wrote', async t => {
  const dir = programsDir(t, {
    good: '#!/bin/sh\necho "for $1"; psql -XAtc "SELECT 40 + 2" "$DATABASE_URL"; env -0 | tr "\\0\\n" "\\n " | cut -d= -f1 | sort >&2',
    bad: '#!/bin/sh\necho before; echo "2 invoices differ" >&2; exit 3',
    loud: '#!/bin/sh\nfor i in $(seq 20000); do echo "line $i"; done; exit 1'
  })
  const { context, opened } = await startScene(t, '', { programsDir: dir })
  const good = await outcomeOf(context, { ...base, program: 'good', args: ['Mr "X" $(id)'] })
  t.match(good, { name: 'close-month', outcome: 'passed', actual: 'exit code 0' })
  t.ok(good.details?.includes('for Mr "X" $(id)'), 'arguments are passed as they are')
  t.ok(good.details?.includes('42'), 'it reached the database')
  const variables = good.details?.filter(line => /^[A-Z_]+$/.test(line)) ?? []
  t.ok(variables.includes('DATABASE_URL') && variables.includes('PGHOST'))
  t.same(
    variables.filter(name => /^(TEST|RESGUARDO|TAP|HOME)/.test(name)),
    [],
    "nothing of the worker's own environment"
  )
  t.match(await outcomeOf(context, { ...base, program: 'bad' }), {
    outcome: 'failed',
    expected: 'exit code 0',
    actual: 'exit code 3',
    details: ['before', '2 invoices differ']
  })
  const { outcome, details = [] } = await outcomeOf(context, { ...base, program: 'loud' })
  t.equal(outcome, 'failed')
  t.equal(details.length, 50)
  t.equal(details.at(-1), 'line 20000', 'the end of what it wrote')
  t.same(opened, { open: 3, closed: 3 })
})

t.test('the password is not in the evidence, in no form', async t => {
  const dir = programsDir(t, {
    tell: '#!/bin/sh\necho "$DATABASE_URL"; echo "pass $PGPASSWORD"; for i in $(seq 900); do printf "%s" "$PGPASSWORD"; done; exit 1'
  })
  const { context, database } = await startScene(t, '', { programsDir: dir })
  const { outcome, details = [] } = await outcomeOf(context, { ...base, program: 'tell' })
  t.equal(outcome, 'failed')
  const text = details.join('\n')
  t.match(text, /\*\*\*/)
  t.notOk(text.includes(database.password))
  t.notOk(text.includes(database.password.slice(6)), 'nor a part that the cut left')
})

t.test('what cannot be started, or does not end by itself: errored', async t => {
  const dir = programsDir(t, {
    plain: '#!/bin/sh\n',
    format: 'neither a script nor a binary',
    interpreter: '#!/no/such/interpreter\n',
    killed: '#!/bin/sh\nkill -9 $$',
    slow: '#!/bin/sh\necho working; sleep 600'
  })
  chmodSync(join(dir, 'plain'), 0o644)
  mkdirSync(join(dir, 'folder'))
  symlinkSync('/bin/true', join(dir, 'out'))
  const { context, opened } = await startScene(t, '', { programsDir: dir })
  const error = async (program: string) =>
    (await outcomeOf(context, { ...base, program, timeoutSeconds: 1 })).error
  const refused = { code: 'VALIDATION_FAILED', hint: /\w/ }
  for (const program of ['missing', 'plain', 'folder', 'out', '..', '.'])
    t.match(await error(program), refused, program)
  t.equal(opened.open, 0, 'the database is not opened for nothing')
  for (const program of ['format', 'interpreter', 'killed'])
    t.match(await error(program), { code: 'TOOL_FAILED' }, program)
  t.match(await error('slow'), { code: 'TOOL_STALLED', message: /took longer than 1 s/ })
  t.same(opened, { open: 4, closed: 4 })
  const none = await outcomeOf({ ...context, programsDir: undefined }, { ...base, program: 'x' })
  t.match(none.error, { code: 'VALIDATION_FAILED', hint: /RESGUARDO_DRILL_PROGRAMS_DIR/ })
})

t.test('a link inside of the directory is followed', async t => {
  const dir = programsDir(t, { real: '#!/bin/sh\nexit 0' })
  symlinkSync('real', join(dir, 'link'))
  symlinkSync(dir, join(`${dir}/self`))
  const { context } = await startScene(t, '', { programsDir: join(dir, 'self') })
  t.match(await outcomeOf(context, { ...base, program: 'link' }), { outcome: 'passed' })
})

t.test('what a program leaves running is ended with it', async t => {
  const dir = programsDir(t, {
    leaves: '#!/bin/sh\nsleep 600 &\necho $! > "$1"; exit 0',
    hangs: '#!/bin/sh\ntrap "" TERM\nsleep 600 &\necho $! > "$1"; wait; wait'
  })
  const { context } = await startScene(t, '', { programsDir: dir })
  const pidOf = (file: string) => Number(readFileSync(file, 'utf8'))
  const file = join(dir, 'pid')
  t.match(await outcomeOf(context, { ...base, program: 'leaves', args: [file] }), {
    outcome: 'passed'
  })
  await until(async () => !isAlive(pidOf(file)))

  writeFileSync(file, '')
  const stop = new AbortController()
  const hanging = outcomeOf(
    { ...context, signal: stop.signal },
    { ...base, program: 'hangs', args: [file] }
  )
  await until(async () => pidOf(file) > 0)
  stop.abort(new Error('the drill was cancelled'))
  await t.rejects(hanging, { message: 'the drill was cancelled' })
  await until(async () => !isAlive(pidOf(file)))
})
