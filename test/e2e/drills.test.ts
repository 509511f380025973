import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Json } from '@resguardo/api-client'
import t, { type Test } from 'tap'
import { lie } from '../../services/embedded/src/self-test/plant.ts'
import { databasesLike, query } from '../support/postgres.ts'
import { startScene } from '../support/scene.ts'
import { spoolDirectory } from '../support/spool.ts'

/** A scene whose worker stays, a policy with a drill plan, and a good backup. */
async function live(t: Test, drill: Json = {}, more: Json = {}) {
  const scene = await startScene(t)
  const { stack, sourceId, repository } = scene
  const spool = await spoolDirectory(t)
  const env = { RESGUARDO_SPOOL_DIR: spool }
  const worker = await stack.startWorker(env)
  const { must } = stack
  const policy = await must('POST', '/v1/policies', {
    name: 'shop-daily',
    sourceId,
    repositoryId: repository.id,
    options: { contentHash: 'full' },
    drill,
    ...more
  })
  const backUp = async () =>
    (await stack.runEnd((await must('POST', `/v1/policies/${policy.id}/backups`, {})).id)).backupId
  /** Changes the drill plan. */
  const plan = (drill: Json, more: Json = {}) =>
    must('PUT', `/v1/policies/${policy.id}`, {
      sourceId,
      repositoryId: repository.id,
      options: { contentHash: 'full' },
      drill,
      ...more
    })
  const drillNow = async (body: Json = {}) => {
    const run = await stack.runEnd(
      (await must('POST', `/v1/policies/${policy.id}/drills`, body)).id
    )
    const answer = await stack.call('GET', `/v1/drills/${run.id}`)
    return { run, drill: answer.body }
  }
  const backupId: string = await backUp()
  return { ...scene, env, spool, worker, must, policy, plan, backUp, drillNow, backupId }
}

const everything = [
  { kind: 'starts' },
  { kind: 'restores-clean' },
  { kind: 'row-counts' },
  { kind: 'content-hash' },
  { kind: 'schema' },
  {
    kind: 'sql',
    name: 'customers',
    query: 'SELECT count(*) FROM customer',
    expect: { equals: 2000 }
  }
]

t.test('a drill restores into a scratch cluster, checks, signs, and leaves nothing', async t => {
  const { stack, must, drillNow, policy, backupId, spool, repository } = await live(t, {
    checks: everything
  })
  const { run, drill } = await drillNow()
  t.match(run, { status: 'succeeded' }, JSON.stringify(run.error))
  t.match(drill, {
    id: run.id,
    policyId: policy.id,
    backupId,
    outcome: 'passed',
    reason: null,
    rtoMet: true,
    evidenceKey: `shop/evidence/${run.id}.json`
  })
  t.ok(drill.restoreSeconds > 0)
  t.same(await readdir(spool), [], 'nothing is left')
  t.same(
    (await repository.files()).filter(name => name.includes('/evidence/')).sort(),
    ['html', 'html.sig', 'json', 'json.sig'].map(end => `shop/evidence/${run.id}.${end}`)
  )

  const read = (accept: string) =>
    fetch(`${stack.apiUrl}/v1/evidence/${run.id}`, {
      headers: { authorization: `Bearer ${stack.key}`, accept }
    })
  const answer = await read('application/json')
  const signature = answer.headers.get('x-resguardo-signature')!
  const content = await answer.text()
  const evidence = JSON.parse(content)
  t.match(evidence, {
    outcome: 'passed',
    policy: { name: 'shop-daily' },
    where: { kind: 'scratch', serverVersion: /^\d/ },
    measured: { rtoMet: true, rpoMet: true, rows: 62000 },
    startedBy: 'key:test'
  })
  t.same(
    evidence.checks.map((check: Json) => [check.name, check.outcome]),
    ['starts', 'restores-clean', 'row-counts', 'content-hash', 'schema', 'customers'].map(name => [
      name,
      'passed'
    ])
  )
  t.equal(content, await readFile(join(repository.path, drill.evidenceKey), 'utf8'))
  const verify = (content: string, body: Json = {}) =>
    must('POST', '/v1/evidence/verify', { content, signature, ...body })
  t.match(await verify(content), { valid: true, signer: evidence.keys.evidenceSigner })
  t.match(await verify(content.replace('passed', 'Passed')), { valid: false, signer: null })
  const { signers } = await must('GET', `/v1/repositories/${repository.id}`)
  const trusted = join(stack.dir, 'trusted.pem')
  await writeFile(trusted, signers[0])
  const command = (file: string, signature = join(repository.path, `${drill.evidenceKey}.sig`)) =>
    promisify(execFile)(process.execPath, [
      fileURLToPath(new URL('../../services/cli/src/evidence.ts', import.meta.url)),
      'verify',
      file,
      '--key',
      trusted,
      '--signature',
      signature
    ])
  t.match((await command(join(repository.path, drill.evidenceKey))).stdout, /^Valid: signed by/)
  const changed = join(stack.dir, 'changed.json')
  await writeFile(changed, content.replace('"rows": 62000', '"rows": 62001'))
  await t.rejects(command(changed), { code: 1, stderr: /None of the trusted keys signed/ })
  const manifest = join(repository.path, 'shop/backups', backupId, 'manifest.json')
  const raw = (await readFile(`${manifest}.sig`)).toString('base64')
  await writeFile(join(stack.dir, 'manifest.sig'), raw)
  await t.rejects(command(manifest, join(stack.dir, 'manifest.sig')), {
    code: 1,
    stderr: /is not evidence of a drill/
  })

  const page = await (await read('text/html')).text()
  t.match(page, /<!doctype html>/i)
  t.notMatch(page, /<script/)

  const report = await must('GET', '/v1/reports/drills')
  t.match(report, { policies: [{ name: 'shop-daily', state: 'proven' }] })
  t.match(await must('GET', `/v1/policies/${policy.id}/status`), { level: 'ok' })
})

t.test('on a staging server, and by schedule', async t => {
  const { must, plan, sourceId, stack } = await live(t)
  await plan({
    where: { kind: 'staging', sourceId },
    schedules: [{ name: 'hourly', cron: '0 * * * *' }]
  })
  await query(
    stack.catalogUrl,
    `UPDATE schedule_states SET since = now() - interval '3 hours' WHERE schedule = 'drill.hourly'`
  )
  await stack.until(async () => (await must('GET', '/v1/drills')).items.length > 0)
  const [drill] = (await must('GET', '/v1/drills')).items
  t.match(drill, { outcome: 'passed' })
  const run = await must('GET', `/v1/runs/${drill.id}`)
  t.match(run, { requestedBy: 'schedule:shop-daily/drill.hourly', params: { missed: 2 } })
  t.same(await databasesLike(`drill_${drill.id.replaceAll('-', '').slice(0, 16)}`), [])
})

t.test(
  'what a drill finds: a finding about the policy, a mark where the data is wrong',
  async t => {
    const scene = await live(t, { checks: everything })
    const { stack, must, plan, drillNow, backUp, repository, backupId, policy } = scene
    const check = (one: Json) => plan({ checks: [{ kind: 'starts' }, one] })
    const sql = (text: string, expect: Json) => ({ kind: 'sql', name: 'q', query: text, expect })

    await check(sql('SELECT count(*) FROM customer', { atLeast: 1_000_000 }))
    t.match(await drillNow(), {
      run: { status: 'failed', error: { code: 'DRILL_FAILED' } },
      drill: { outcome: 'failed', reason: { message: /q: expected .*1000000.*found 2000/ } }
    })
    t.match(
      await must('GET', `/v1/backups/${backupId}`),
      { state: 'available' },
      'a query proves no damage'
    )
    t.match(await must('GET', `/v1/policies/${policy.id}/status`), {
      level: 'critical',
      findings: [{ kind: 'drill-failed' }]
    })

    await check(sql('SELEC 1', { equals: 1 }))
    t.match(await drillNow(), {
      run: { status: 'failed', error: { code: 'DRILL_IMPOSSIBLE' } },
      drill: { outcome: 'errored', reason: { message: /syntax/ } }
    })
    t.match(await must('GET', `/v1/policies/${policy.id}/status`), {
      findings: [{ kind: 'drill-errored' }]
    })

    await plan({ checks: everything })
    // A manifest that lies about a count, signed with the right key.
    const lying = await backUp()
    const signingKey = await readFile(stack.env.RESGUARDO_SIGNING_KEY_FILE!, 'utf8')
    await lie(join(repository.path, 'shop/backups', lying), signingKey, manifest => {
      manifest.tables[0].rows += 1
    })
    const lied = await drillNow({ backupId: lying })
    t.match(lied, { drill: { outcome: 'failed', reason: { message: /row-counts/ } } })
    const evidence = await must('GET', `/v1/evidence/${lied.run.id}`)
    t.match(evidence.measured, { rows: 62000 }, 'as they are, not as the manifest says')
    t.match(await must('GET', `/v1/backups/${lying}`), { state: 'damaged' })
  }
)

t.test('what is missing on the worker is no fault of the backup', async t => {
  const { stack, env, drillNow, worker, backupId } = await live(t)
  await worker.stop()
  const attempt = async (change: NodeJS.ProcessEnv, code: string) => {
    const one = await stack.startWorker({ ...env, RESGUARDO_RETRY_DELAY_MS: '0', ...change })
    t.match(await drillNow({ backupId }), { drill: { outcome: 'errored', reason: { code } } }, code)
    await one.stop()
  }
  await attempt({ RESGUARDO_AGE_IDENTITY_FILE: '' }, 'IDENTITY_MISSING')
  await attempt(
    {
      PATH: (process.env.PATH ?? '')
        .split(':')
        .filter(dir => !dir.includes('postgresql'))
        .join(':'),
      RESGUARDO_SPOOL_DIR: '/proc'
    },
    'DRILL_NO_SPACE'
  )
  t.match((await stack.call('GET', `/v1/backups/${backupId}`)).body, { state: 'available' })
})

t.test('a worker killed in the middle of a drill leaves nothing for long', async t => {
  const { stack, env, spool, must, policy, worker } = await live(t, {
    checks: [
      { kind: 'starts' },
      { kind: 'sql', name: 'slow', query: 'SELECT 1 FROM pg_sleep(4)', expect: { equals: 1 } }
    ]
  })
  const { id } = await must('POST', `/v1/policies/${policy.id}/drills`, {})
  await stack.until(async () => (await must('GET', `/v1/runs/${id}`)).phase === 'checking')
  await worker.kill()
  t.equal((await readdir(spool)).length, 1)
  await query(stack.catalogUrl, `UPDATE workers SET seen_at = now() - interval '1 hour'`)
  await stack.startWorker(env)
  t.match(await stack.runEnd(id), { status: 'succeeded' })
  await stack.until(async () => (await readdir(spool)).length === 0)
})
