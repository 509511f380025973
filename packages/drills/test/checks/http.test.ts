import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { freePort } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { until } from '../../../../test/support/stack.ts'
import { isAlive, programsDir } from './programs.ts'
import { outcomeOf, startScene } from './support.ts'

const base = { kind: 'http', name: 'sale' } as const
const TOKEN = 'tok-2f6a1c9e'

interface Seen {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

type Reply = (request: Seen, response: ServerResponse) => void

const send = (response: ServerResponse, status: number, body: unknown) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))

/** A shop: log in, create a sale, look at it, close the cash register. */
const shop: Reply = ({ method, url, headers, body }, response) => {
  if (url === '/v1/login')
    return send(response, 200, { session: { token: TOKEN }, user: { id: 7 } })
  if (headers.authorization !== `Bearer ${TOKEN}`) return send(response, 401, { error: 'who?' })
  const sent = body ? JSON.parse(body) : {}
  if (method === 'POST' && url === '/v1/sales')
    return sent.customer === 7 && sent.note === 'for 7'
      ? send(response, 201, { id: 'a/b', items: [{ total: 42 }], open: true, note: null })
      : send(response, 422, { error: 'customer is no number', sent })
  if (url === '/v1/sales/a%2Fb') return send(response, 200, { id: 'a/b' })
  if (url === '/v1/close') return response.writeHead(302, { location: '/v1/login' }).end()
  return send(response, 500, { error: 'boom', authToken: TOKEN, was: headers.authorization })
}

async function serve(t: Test, reply: Reply) {
  const seen: Seen[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method = '', url = '', headers } = request
    seen.push({ method, url, headers, body })
    reply(seen.at(-1)!, response)
  }).listen(0, '127.0.0.1')
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return { url: `http://127.0.0.1:${port}/v1/`, seen }
}

const authorized = { Authorization: 'Bearer {{token}}' }
const login = {
  name: 'log in',
  method: 'POST',
  path: '/login',
  body: { user: 'drill', password: 'correct horse' },
  capture: { token: 'session.token', customer: 'user.id' }
}
const sale = {
  name: 'create a sale',
  method: 'POST',
  path: '/sales',
  headers: authorized,
  body: { customer: '{{customer}}', note: 'for {{customer}}' },
  status: 201,
  expect: { 'items.0.total': 42, open: true },
  capture: { sale: 'id' }
}
const look = {
  name: 'look',
  path: '/sales/{{sale}}',
  headers: authorized,
  expect: { id: '{{sale}}' }
}
const close = { name: 'close', method: 'POST', path: '/close', headers: authorized, status: 302 }

t.test('steps that are answered as expected pass', async t => {
  const { context, opened } = await startScene(t, '')
  const { url, seen } = await serve(t, shop)
  const record = await outcomeOf(context, { ...base, url, steps: [login, sale, look, close] })
  t.match(record, { outcome: 'passed', actual: '4 steps answered as expected' })
  t.same(record.details, [
    'log in: POST /login gave 200',
    'create a sale: POST /sales gave 201',
    'look: GET /sales/{{sale}} gave 200',
    'close: POST /close gave 302'
  ])
  t.same(JSON.parse(seen[1]!.body), { customer: 7, note: 'for 7' }, 'a number stays a number')
  t.equal(seen[1]!.headers['content-type'], 'application/json')
  t.equal(seen.length, 4, 'no redirect was followed')
  t.equal(opened.open, 0, 'an application that runs already is not told the database')
})

t.test('another answer fails, without credentials in the evidence', async t => {
  const { context } = await startScene(t, '')
  const { url } = await serve(t, shop)
  const run = (...steps: object[]) => outcomeOf(context, { ...base, url, steps })
  const boom = { name: 'look up', path: '/boom', headers: authorized }
  const failed = await run(login, boom, close)
  t.match(failed, {
    outcome: 'failed',
    expected: 'look up: GET /boom gives status 200',
    actual: /^status 500; status 500, body \{"error":"boom"/,
    details: ['log in: POST /login gave 200']
  })
  t.notMatch(JSON.stringify(failed), TOKEN)
  t.match(await run(login, { ...sale, expect: { 'items.0.total': 43 } }), {
    outcome: 'failed',
    expected: 'create a sale: POST /sales gives items.0.total = 43',
    actual: /^items\.0\.total = 42; status 201/
  })
  for (const expect of [{ 'items.0.total': '42' }, { 'items.1.total': 42 }, { 'open.length': 1 }])
    t.match(await run(login, { ...sale, expect }), { outcome: 'failed' }, JSON.stringify(expect))
  t.match(await run({ ...login, capture: { token: 'nowhere.token' } }), {
    outcome: 'failed',
    expected: /nowhere\.token to capture/
  })
  const wrong = await run({ ...login, expect: { ok: true } })
  t.equal(wrong.outcome, 'failed')
  t.notMatch(JSON.stringify(wrong), TOKEN, 'a token in the answer that failed')
})

t.test('a request that comes back as an echo brings no credentials', async t => {
  const { context } = await startScene(t, '')
  const { url } = await serve(t, ({ headers, body }, response) => {
    response
      .writeHead(400)
      .end(`${'-'.repeat(290)}${headers.authorization} ${headers.cookie} ${body}`)
  })
  const secrets = ['Bearer topsecretbearer', 'sid=cookiesecret', 'correct horse']
  const step = {
    ...login,
    headers: { authorization: secrets[0], Cookie: secrets[1] }
  }
  const { actual } = await outcomeOf(context, { ...base, url, steps: [step] })
  t.match(actual, /-{290}\*\*\*/)
  for (const secret of ['topsecret', 'cookiesecret', 'correct', 'Bearer t'])
    t.notOk(actual.includes(secret), secret)
  t.ok(actual.length < 400, 'and only its beginning')
})

t.test('no answer: errored', async t => {
  const { context } = await startScene(t, '')
  const run = async (url: string | undefined, ...steps: object[]) =>
    (await outcomeOf(context, { ...base, ...(url ? { url } : {}), steps, timeoutSeconds: 2 })).error
  const nobody = `http://127.0.0.1:${await freePort()}`
  t.match(await run(nobody, login), {
    code: 'TOOL_FAILED',
    message: /POST .* got no answer: .*ECONNREFUSED/
  })
  const silent = await serve(t, () => {})
  t.match(await run(silent.url, login), { code: 'TOOL_STALLED', message: /sale took longer/ })
  const broken = await serve(t, (_, response) => response.socket!.destroy())
  t.match(await run(broken.url, login), { code: 'TOOL_FAILED' })
  const { url } = await serve(t, shop)
  t.match(await run(url, look), {
    code: 'VALIDATION_FAILED',
    message: /\{\{sale\}\} is not captured/
  })
  t.match(await run(undefined, login), { code: 'VALIDATION_FAILED', message: /neither/ })
})

/** Answers 503 until it has read the database once, then what it read. It starts a child that would outlive it. */
const application = `#!${process.execPath}
const { createServer } = require('node:http')
const { execFile, spawn } = require('node:child_process')
const { writeFileSync } = require('node:fs')
let total
const child = spawn('sleep', ['600'])
writeFileSync(process.argv[2], process.pid + ' ' + child.pid)
execFile('psql', ['-XAtc', 'SELECT sum(total) FROM sale', process.env.DATABASE_URL], (error, out) => { total = Number(out) })
process.on('SIGTERM', () => {})
createServer((request, response) => {
  if (request.url === '/fault') return response.writeHead(500).end(process.env.PGPASSWORD)
  response.writeHead(total === undefined ? 503 : 200).end(JSON.stringify({ total }))
}).listen(process.env.PORT, '127.0.0.1')
`

t.test('an application is started on the database, and ended with all that it started', async t => {
  const dir = programsDir(t, { shop: application })
  const { context, database, opened } = await startScene(
    t,
    'CREATE TABLE sale AS SELECT 42 AS total',
    { programsDir: dir }
  )
  const file = join(dir, 'pids')
  const start = { program: 'shop', args: [file], readyPath: '/ready' }
  const gone = async () => {
    for (const pid of readFileSync(file, 'utf8').split(' ').map(Number))
      await until(async () => !isAlive(pid))
  }
  const read = { name: 'read', path: '/', expect: { total: 42 } }
  t.match(await outcomeOf(context, { ...base, start, steps: [read] }), { outcome: 'passed' })
  await gone()
  const fault = { name: 'fault', path: '/fault' }
  const failed = await outcomeOf(context, { ...base, start, steps: [read, fault] })
  t.match(failed, { outcome: 'failed', actual: 'status 500; status 500, body ***' })
  t.notOk(JSON.stringify(failed).includes(database.password))
  await gone()
  t.same(opened, { open: 2, closed: 2 })
})

t.test('an application that does not come up: errored', async t => {
  const dir = programsDir(t, {
    ends: '#!/bin/sh\necho "cannot use $DATABASE_URL" >&2; exit 4',
    silent: '#!/bin/sh\nexec sleep 600',
    sick: `#!${process.execPath}\nrequire('node:http').createServer((_, r) => r.writeHead(503).end()).listen(process.env.PORT, '127.0.0.1')`
  })
  const { context, database, opened } = await startScene(t, '', { programsDir: dir })
  const run = async (program: string) =>
    (
      await outcomeOf(context, {
        ...base,
        start: { program },
        steps: [{ name: 'x', path: '/' }],
        timeoutSeconds: 2
      })
    ).error
  const ended = await run('ends')
  t.match(ended, {
    code: 'TOOL_FAILED',
    message: /ended with 4 before it was ready: cannot use postgres/
  })
  t.notOk(ended?.message.includes(database.password))
  t.match(await run('silent'), { code: 'TOOL_STALLED' })
  t.match(await run('sick'), { code: 'TOOL_STALLED' })
  t.match(await run('missing'), { code: 'VALIDATION_FAILED' })
  t.same(opened, { open: 3, closed: 3 })
})
