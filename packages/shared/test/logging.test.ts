import { pino } from 'pino'
import t from 'tap'
import { AppError, loggingOptions } from '../src/index.ts'

/** A logger as the services have it, and the lines it wrote. */
function logger(level = 'info') {
  const lines: string[] = []
  const options = loggingOptions({ service: 'worker', env: 'test', level })
  const log = pino(options, { write: (line: string) => void lines.push(line) })
  return { log, lines, last: () => JSON.parse(lines.at(-1)!) }
}

t.test('a line has the fields that every service has', async t => {
  const { log, last } = logger()
  log.info(
    { requestId: 'r1', userId: 'u1', tenantId: 't1', route: '/v1/runs', bytes: 5 },
    'request done'
  )
  const { ts, ...line } = last()
  t.equal(new Date(ts).toISOString(), ts, 'ts is an ISO time')
  t.same(line, {
    level: 'info',
    service: 'worker',
    env: 'test',
    requestId: 'r1',
    userId: 'u1',
    tenantId: 't1',
    route: '/v1/runs',
    meta: { bytes: 5 },
    msg: 'request done'
  })
})

t.test('a field of ours cannot replace one of the line', async t => {
  const { log, last } = logger()
  log.info({ level: 'fatal', service: 'other', ts: 0 }, 'sly')
  t.match(last(), { level: 'info', service: 'worker', meta: { level: 'fatal', service: 'other' } })
})

t.test('each line is one JSON object, whatever the text holds', async t => {
  const { log, lines } = logger()
  log.info({ name: 'a\n{"level":"fatal"}' }, 'two\nlines')
  log.info('plain')
  t.same(
    lines.map(line => [line.split('\n').length, JSON.parse(line).msg]),
    [
      [2, 'two\nlines'],
      [2, 'plain']
    ]
  )
})

t.test('the level is the least that is written', async t => {
  const { log, lines } = logger('warn')
  log.info('no')
  log.warn('yes')
  t.equal(lines.length, 1)
  t.match(lines[0], /"level":"warn"/)
})

t.test('secrets do not reach a line, at the top or one object down', async t => {
  const { log, lines, last } = logger()
  const secrets = { password: 'hunter2', secret: 'hunter2', secretAccessKey: 'hunter2' }
  log.info({ ...secrets, token: 'hunter2', authorization: 'hunter2' }, 'flat')
  log.info({ source: { ...secrets, host: 'db' } }, 'nested')
  t.match(last().meta.source, { password: '[redacted]', host: 'db' })
  log.info({ req: { headers: { authorization: 'Bearer hunter2', host: 'api' } } }, 'request')
  t.match(last().meta.req.headers, { authorization: '[redacted]', host: 'api' })
  log.child({ password: 'hunter2', target: { password: 'hunter2' } }).info('child')
  t.same(
    lines.filter(line => line.includes('hunter2')),
    []
  )
})

t.test('an error is told by code, type, message and stack; its other fields stay out', async t => {
  const { log, last } = logger()
  const error = new AppError('PG_AUTH_FAILED', 'Refused', { cause: new Error('c') })
  log.error({ err: Object.assign(error, { config: { password: 'hunter2' } }) }, 'run failed')
  const { err, ...line } = last()
  t.same(Object.keys(err).sort(), ['code', 'message', 'stack', 'type'])
  t.match(err, { code: 'PG_AUTH_FAILED', type: 'AppError', message: 'Refused', stack: /test\.ts/ })
  t.notOk('meta' in line, 'nothing is grouped where there is nothing')
  log.error({ err: 'only a text' }, 'odd')
  t.same(last().err, { message: 'only a text' })
  log.error(error)
  t.match(last(), { err: { code: 'PG_AUTH_FAILED' }, msg: 'Refused' })
})
