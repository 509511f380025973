import { generateKeyPairSync } from 'node:crypto'
import { signEvidence } from '@resguardo/drills'
import t from 'tap'
import { prepare } from './fixtures.ts'
import { buildTestApp, type TestApp } from './support.ts'

/** Drills that ended just now, one errored without a backup, and their policy. */
async function drilled(scene: TestApp) {
  const { ask, catalog } = scene
  const { sourceId, repositoryId } = await prepare(scene)
  const policy = await ask('admin', {
    method: 'POST',
    url: '/v1/policies',
    body: { name: 'shop-daily', sourceId, repositoryId }
  })
  const policyId: string = policy.json().id
  for (const outcome of ['passed', 'errored'] as const) {
    const run = await catalog.runs.create({
      kind: 'drill',
      policyId,
      sourceId,
      repositoryId,
      maxAttempts: 1,
      requestedBy: 'key:test'
    })
    const claimed = await catalog.runs.claim(run.id, 'w1', 60_000)
    if (claimed.outcome !== 'claimed') throw new Error(claimed.outcome)
    const now = new Date()
    await catalog.drills.record(
      {
        id: run.id,
        policyId,
        policyName: 'shop-daily',
        sourceId,
        backupId: null,
        outcome,
        reason: null,
        restoreSeconds: null,
        rtoMet: null,
        startedAt: now,
        finishedAt: now,
        evidenceKey: null
      },
      null,
      claimed.claim
    )
    await catalog.runs.succeed(claimed.claim)
  }
  return policyId
}

t.test('a report keeps the drills of a policy that is gone', async t => {
  const scene = await buildTestApp(t)
  const { ask } = scene
  const policyId = await drilled(scene)
  const report = async () => (await ask('viewer', { url: '/v1/reports/drills' })).json()
  const totals = { passed: 1, failed: 0, errored: 1, passRate: 1 }
  t.match(await report(), {
    totals,
    otherDrills: 0,
    policies: [{ state: 'proven', last: { outcome: 'errored', backupId: null } }]
  })
  const page = await ask('viewer', { url: '/v1/reports/drills', headers: { accept: 'text/html' } })
  t.match(page.body, /The last drill errored on [-\d]+, without a backup/)
  await ask('admin', { method: 'DELETE', url: `/v1/policies/${policyId}` })
  t.match(await report(), { totals, otherDrills: 2, policies: [] })
})

t.test('a time that no clock shows is refused', async t => {
  const { ask } = await buildTestApp(t)
  for (const name of ['from', 'to']) {
    const answer = await ask('viewer', { url: `/v1/reports/drills?${name}=2016-12-31T23:59:60Z` })
    t.match(answer.json(), { status: 400, code: 'VALIDATION_FAILED', detail: RegExp(name) })
  }
})

t.test('a signed file that is no evidence is not valid', async t => {
  const { ask } = await buildTestApp(t)
  const { privateKey, publicKey } = generateKeyPairSync('ed25519', {
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
  const verify = async (content: string) => {
    const signature = signEvidence(Buffer.from(content), privateKey)
    const body = { content, signature, publicKeys: [publicKey] }
    return (await ask('viewer', { method: 'POST', url: '/v1/evidence/verify', body })).json()
  }
  t.match(await verify('{"kind":"resguardo-drill-evidence"}'), {
    valid: true,
    signer: /^[0-9a-f]{16}$/,
    file: 'json',
    reason: null
  })
  t.same(await verify('{"formatVersion":1,"id":"20261120T020000Z-logical-7f3k2m"}'), {
    valid: false,
    signer: null,
    file: null,
    reason: 'A trusted key signed it, but it is not evidence of a drill'
  })
})
