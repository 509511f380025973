import { randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import t from 'tap'
import { jobOfKind, parsePayload, queueNames } from '../src/index.ts'

const jobs = Object.entries(jobOfKind)

t.test('each job has its own name, a queue and at least one attempt', async t => {
  t.equal(new Set(jobs.map(([, { name }]) => name)).size, jobs.length)
  for (const [kind, { name, queue, attempts }] of jobs) {
    t.equal(name, `run-${kind}`)
    t.ok(queueNames.includes(queue), `${name} is in the known queue ${queue}`)
    t.ok(attempts >= 1 && Number.isInteger(attempts))
  }
  t.same(queueNames, [...new Set(queueNames)], 'a queue is opened once')
})

t.test('each file of a job is in the registry', async t => {
  const files = readdirSync(new URL('../src', import.meta.url)).filter(name => /^run-/.test(name))
  t.same(files.sort(), jobs.map(([, { name }]) => `${name}.ts`).sort())
})

t.test('a payload is ids and nothing else', async t => {
  for (const [kind, { payload }] of jobs) {
    for (const [name, schema] of Object.entries(payload.properties))
      t.match({ name, ...schema }, { name: /Id$/, type: 'string', format: 'uuid' }, kind)
  }
})

t.test('what the job declares is taken', async t => {
  const data = { runId: randomUUID() }
  for (const [, job] of jobs) t.same(parsePayload(job, data), data)
})

t.test('anything else is refused for good, and not repeated in the message', async t => {
  const refused = { code: 'VALIDATION_FAILED', retryable: false, message: /^(?!.*hunter2)/ }
  const id = randomUUID()
  const wrong = [
    undefined,
    null,
    'hunter2',
    42,
    [],
    [{ runId: id }],
    {},
    { id },
    { runid: id },
    { runId: null },
    { runId: 7 },
    { runId: '' },
    { runId: 'hunter2' },
    { runId: `${id}'; DROP TABLE runs; --` },
    { runId: `${id}\n` },
    { runId: { $ne: null } },
    { password: 'hunter2' }
  ]
  for (const [, job] of jobs)
    for (const data of wrong)
      t.throws(() => parsePayload(job, data), refused, `${job.name}: ${JSON.stringify(data)}`)
})
