import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { type Evidence, type EvidenceCheck, evidenceSchema } from '../src/evidence/record.ts'
import { parseEvidence, serialiseEvidence } from '../src/evidence/serialise.ts'
import type { CheckRecord } from '../src/run-checks.ts'
import { check, example, failedExample, withTexts } from './evidence-support.ts'

const plain = (value: unknown) => JSON.parse(JSON.stringify(value))
const bytesOf = (value: unknown) => Buffer.from(JSON.stringify(value))
const refused = (message: RegExp | string) => ({ code: 'VALIDATION_FAILED', message })

t.test('the published schema is the one that evidence is checked with', async t => {
  const file = new URL('../../../docs/reference/evidence.schema.json', import.meta.url)
  t.same(
    JSON.parse(readFileSync(file, 'utf8')),
    plain(evidenceSchema),
    'write it anew: JSON.stringify(evidenceSchema, null, 2) and a newline'
  )
})

t.test('what the checks record is what the evidence takes', async t => {
  const made: CheckRecord = { ...check(), kind: 'sql', query: 'SELECT 1', details: ['a'] }
  const taken: EvidenceCheck = made
  t.same(parseEvidence(serialiseEvidence(example({ checks: [taken] }))).checks, [made])
})

t.test('evidence is read as it was written', async t => {
  for (const evidence of [example(), failedExample()])
    t.same(parseEvidence(serialiseEvidence(evidence)), evidence)
})

t.test('the same evidence is the same bytes, whatever the order of its fields', async t => {
  const backwards = (value: unknown): unknown =>
    value === null || typeof value !== 'object' || Array.isArray(value)
      ? value
      : Object.fromEntries(
          Object.entries(value)
            .reverse()
            .map(([key, each]) => [key, backwards(each)])
        )
  const bytes = serialiseEvidence(example())
  t.same(serialiseEvidence(backwards(example()) as Evidence), bytes)
  t.same(serialiseEvidence(parseEvidence(bytes)), bytes)
  t.match(bytes.toString(), /^\{\n {2}"backup": \{\n {4}"finishedAt": .*\}\n$/s)
})

t.test('any text comes back, and unknown fields too', async t => {
  const free = /^(startedBy|worker|logTail\.\d+|checks\.\d+\.(actual|expected|query)|source\.name)$/
  t.doesNotThrow(() =>
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        const evidence = withTexts(example(), (path, old) => (free.test(path) ? text : old))
        assert.deepEqual(plain(parseEvidence(serialiseEvidence(evidence))), plain(evidence))
      })
    )
  )
  const newer = { ...example(), later: { b: 1, a: [2] } }
  t.same(parseEvidence(serialiseEvidence(newer)), newer)
})

t.test('what is no evidence is refused, saying why', async t => {
  const whole = serialiseEvidence(example())
  const table: [Uint8Array, RegExp][] = [
    [Buffer.alloc(0), /not whole JSON/],
    [whole.subarray(0, -3), /not whole JSON/],
    [Buffer.concat([whole, Buffer.from([0xff])]), /not whole JSON in UTF-8/],
    [Buffer.from(whole.toString('latin1').replace('worker-2', 'worker-\xff'), 'latin1'), /UTF-8/],
    [Buffer.from('null'), /kind is not "resguardo-drill-evidence"/],
    [bytesOf({ formatVersion: 1, kind: 'logical' }), /kind is not/],
    [bytesOf({ ...example(), formatVersion: '1' }), /\/formatVersion/],
    [bytesOf({ ...example(), drillId: 'a; rm -rf /' }), /\/drillId/],
    [bytesOf({ ...example(), createdAt: '2026-11-22T03:05:18+01:00' }), /\/createdAt/],
    [bytesOf({ ...example(), outcome: 'good' }), /\/outcome/],
    [bytesOf({ ...example(), worker: undefined }), /worker/],
    [bytesOf({ ...example(), logTail: Array(51).fill('x') }), /\/logTail/],
    [bytesOf({ ...example(), checks: [{ ...check(), seconds: -1 }] }), /\/checks\/0\/seconds/]
  ]
  for (const [bytes, message] of table) t.throws(() => parseEvidence(bytes), refused(message))
  t.doesNotThrow(() => parseEvidence(bytesOf({ ...example(), logTail: Array(50).fill('x') })))
})

t.test('a newer format is told from damage', async t => {
  t.throws(() => parseEvidence(bytesOf({ ...example(), formatVersion: 2, checks: 'other' })), {
    code: 'REPOSITORY_FORMAT_NEWER',
    message: /format 2.*up to 1/
  })
})

t.test('evidence that contradicts itself is neither read nor written', async t => {
  const { reason } = failedExample()
  const table: [Evidence, RegExp][] = [
    [example({ reason }), /passed, but DRILL_FAILED/],
    [example({ outcome: 'failed' }), /it failed for no reason/],
    [example({ outcome: 'errored' }), /it errored for no reason/],
    [
      example({ checks: [check({ outcome: 'failed' })] }),
      /passed, but its check row-counts failed/
    ],
    [example({ checks: [check(), check({ outcome: 'errored', name: 'q' })] }), /check q errored/]
  ]
  for (const [evidence, message] of table) {
    t.throws(() => parseEvidence(bytesOf(evidence)), refused(message))
    t.throws(() => serialiseEvidence(evidence), { code: 'INTERNAL', message })
  }
})

t.test('a number that is none is not written', async t => {
  const { measured } = example()
  const broken = example({ measured: { ...measured, dataAgeSeconds: Number.NaN } })
  t.throws(() => serialiseEvidence(broken), { code: 'INTERNAL', message: /dataAgeSeconds/ })
})
