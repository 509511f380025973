import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort, startScratchCluster } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { dropDatabase, query, serverPrograms, superuserUrl } from '../support/postgres.ts'
import { contentQuery } from '../support/sample.ts'
import { goodBackup, startScene } from '../support/scene.ts'

const run = promisify(execFile)

/** Its port. The password must be that of the server that was backed up: the globals set it. */
async function startServer(t: Test, bin: string, superuserPassword: string): Promise<number> {
  const dir = await mkdtemp(join(tmpdir(), 'rg-by-hand-'))
  await chmod(dir, 0o755)
  const port = await freePort()
  const settings = { fsync: 'off' }
  const cluster = await startScratchCluster({
    dir: join(dir, 'c'),
    bin,
    port,
    superuserPassword,
    settings
  })
  t.teardown(async () => {
    await cluster.destroy()
    await rm(dir, { recursive: true, force: true })
  })
  return port
}

const documented = /<!-- test: by-hand-restore -->\s*```sh\n([\s\S]*?)```/

t.test(
  'the commands of docs/backup-format.md restore a backup without the service and the catalog',
  async t => {
    const script = documented.exec(
      await readFile(new URL('../../docs/backup-format.md', import.meta.url), 'utf8')
    )?.[1]
    t.ok(script, 'the documented block is there')
    const scene = await startScene(t)
    const { stack, database, repository } = scene
    const bulk = { bulkThresholdBytes: 0, streamBytes: 1_048_576 }
    const backupId = await goodBackup(scene, { options: bulk })
    const before = await database.query(contentQuery)
    // No worker runs any more; the catalog goes too.
    await dropDatabase(new URL(stack.catalogUrl).pathname.slice(1))

    // A server of its own: the globals make every role that any test had when the backup was made.
    const url = new URL(superuserUrl(`test_${randomBytes(6).toString('hex')}`))
    const { bin } = await serverPrograms()
    url.port = String(await startServer(t, bin, decodeURIComponent(url.password)))
    const { hostname, port, username, password } = url
    const env = {
      PATH: `${bin}:${process.env.PATH}`,
      PGHOST: hostname,
      PGPORT: port,
      PGUSER: username,
      PGPASSWORD: password,
      REPO: repository.path,
      BACKUP: join(repository.path, 'shop/backups', backupId),
      IDENTITY: stack.identityFile,
      TARGET: url.pathname.slice(1)
    }
    const { stdout } = await run('bash', ['-eu', '-o', 'pipefail', '-c', script!], { env })
    t.match(stdout, /Signature Verified Successfully/)
    const streams = stdout.match(/^data\/.*: OK$/gm)?.length ?? 0
    t.ok(streams > 1, `${streams} streams`)
    t.equal(stdout.match(/: OK$/gm)?.length, streams + 3, 'all checksums fit')
    t.same(await query(url.href, contentQuery), before)
  }
)
