import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, chmod, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, startScratchCluster } from '@resguardo/pg-tools'
import t from 'tap'
import { serverPrograms } from '../support/postgres.ts'
import { startScene } from '../support/scene.ts'
import { until } from '../support/stack.ts'

t.test('the catalog restarted mid-run: the backup goes on and is recorded', async t => {
  // Not below the checkout: as root the server runs as another user, who may not be able to enter it.
  const dir = await mkdtemp(join(tmpdir(), 'resguardo-catalog-'))
  await chmod(dir, 0o755)
  const { bin } = await serverPrograms()
  const options = {
    dir: join(dir, 'pg'),
    bin,
    port: await freePort(),
    superuserPassword: randomBytes(9).toString('hex')
  }
  let cluster = await startScratchCluster(options)
  t.teardown(() => cluster.destroy())
  const catalogUrl = `postgres://postgres:${options.superuserPassword}@127.0.0.1:${options.port}/postgres`
  const { stack, repository, sourceId } = await startScene(t, { catalogUrl })
  const wrapped = await stack.wrapTool(
    'pg_dump',
    '$REAL "$@" | (head -c 300000; touch "$0.paused"; while [ ! -e "$0.go" ]; do sleep 0.1; done; cat); exit 0'
  )
  const worker = await stack.startWorker({
    RESGUARDO_PG_BIN_DIRS: wrapped,
    RESGUARDO_STALE_AFTER_MS: '20000'
  })
  const { id } = await stack.backup(sourceId, repository.id)
  await until(() =>
    access(`${wrapped}/pg_dump.paused`).then(
      () => true,
      () => false
    )
  )
  await cluster.stop('immediate')
  t.match(await stack.call('GET', `/v1/runs/${id}`), {
    status: 503,
    body: { code: 'DEPENDENCY_UNAVAILABLE' }
  })
  execFileSync('touch', [`${wrapped}/pg_dump.go`])
  cluster = await startScratchCluster(options)
  const run = await stack.runEnd(id).catch(async error => {
    t.comment(await worker.log())
    throw error
  })
  t.match(run, { status: 'succeeded', attempt: 1 }, JSON.stringify(run.error))
  t.match((await stack.call('GET', `/v1/backups/${run.backupId}`)).body, { state: 'available' })
})
