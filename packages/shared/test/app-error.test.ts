import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import t from 'tap'
import { AppError, asAppError, type Code, codes } from '../src/index.ts'

t.test('every code says its status, whether to try again, and what to do', async t => {
  for (const [code, { http, retryable, hint }] of Object.entries(codes)) {
    const title = STATUS_CODES[http]
    const whole =
      /^[A-Z]+(_[A-Z]+)*$/.test(code) &&
      http >= 400 &&
      title !== undefined &&
      typeof retryable === 'boolean' &&
      /^[A-Z].{10,}\.$/.test(hint)
    t.ok(whole, `${code}: ${http} ${title}, ${retryable}, ${hint}`)
  }
})

t.test('no code is declared twice: the later one would silently win', async t => {
  const source = readFileSync(new URL('../src/codes.ts', import.meta.url), 'utf8')
  const declared = [...source.matchAll(/^ {2}([A-Z_]+): code\(/gm)].map(([, name]) => name)
  t.same(declared, Object.keys(codes))
})

t.test('a request that is wrong is never tried again as it is', async t => {
  const wrong: Code[] = ['VALIDATION_FAILED', 'UNAUTHENTICATED', 'FORBIDDEN', 'CURSOR_INVALID']
  t.same(
    wrong.filter(code => codes[code].retryable),
    []
  )
  const lies: Code[] = ['MANIFEST_SIGNATURE_INVALID', 'OBJECT_DAMAGED', 'RESTORE_TARGET_EXISTS']
  t.same(
    lies.filter(code => codes[code].retryable),
    []
  )
})

t.test('an error carries its code, its meaning from the table and its cause', async t => {
  const cause = new Error('socket closed')
  const error = new AppError('PG_UNREACHABLE', 'No answer from db:5432', { cause })
  t.equal(error.cause, cause)
  t.match(error, {
    name: 'AppError',
    code: 'PG_UNREACHABLE',
    hint: codes.PG_UNREACHABLE.hint,
    retryable: true,
    http: 502
  })
  t.notOk('cause' in new AppError('INTERNAL', 'x'), 'no cause, no field')
})

t.test('the place that throws may know a better hint', async t => {
  const error = new AppError('CONFIG_INVALID', 'No key', { hint: 'Set the key.' })
  t.equal(error.hint, 'Set the key.')
})

t.test('what is kept and shown holds neither cause nor stack', async t => {
  const error = new AppError('PG_AUTH_FAILED', 'Refused', { cause: new Error('password=hunter2') })
  t.same(JSON.parse(JSON.stringify(error)), {
    code: 'PG_AUTH_FAILED',
    message: 'Refused',
    hint: codes.PG_AUTH_FAILED.hint,
    retryable: false
  })
})

t.test('anything thrown becomes an AppError once', async t => {
  const known = new AppError('RUN_FENCED', 'Lost')
  t.equal(asAppError(known, 'TOOL_FAILED'), known, 'one that is one already stays itself')
  const foreign = new TypeError('x is undefined')
  t.match(asAppError(foreign), { code: 'INTERNAL', message: 'x is undefined', cause: foreign })
  t.match(asAppError('a text', 'TOOL_FAILED'), { code: 'TOOL_FAILED', message: 'a text' })
  t.match(asAppError(undefined), { code: 'INTERNAL', message: 'undefined' })
})
