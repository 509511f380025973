import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { query } from '../support/postgres.ts'
import { spoolDirectory } from '../support/spool.ts'
import { startStack } from '../support/stack.ts'

t.test(
  'what our dead workers left in the spool is removed, what others work on is not',
  async t => {
    const stack = await startStack(t)
    const spool = await spoolDirectory(t)
    const env = { RESGUARDO_SPOOL_DIR: spool }
    await stack.startWorker(env)
    const alive = await stack.until(async () => (await stack.catalog!.workers.list())[0])
    await query(
      stack.catalogUrl,
      `INSERT INTO workers (name, queues, seen_at, clock_skew_ms) VALUES ('vm-1-gone', '{}', now() - interval '3 minutes', 0)`
    )
    const left = async (name: string, owner?: string) => {
      await mkdir(join(spool, name))
      await writeFile(join(spool, name, 'archive.pgdump'), 'plain rows')
      if (owner) await writeFile(join(spool, name, 'owner'), owner)
    }
    await left('resguardo-restore-1234-dead', 'vm-1-gone')
    await left('resguardo-drill-dead', 'vm-1-gone')
    await left('resguardo-restore-1234-alive', alive.name)
    await left('resguardo-drill-of-others', 'vm-2-unknown')
    await left('resguardo-restore-1234-new')
    await left('resguardo-restore-1234-old')
    await left('of-somebody-else', 'vm-1-gone')
    await utimes(join(spool, 'resguardo-restore-1234-old'), 0, 0)
    const kept = [
      'of-somebody-else',
      'resguardo-drill-of-others',
      'resguardo-restore-1234-alive',
      'resguardo-restore-1234-new'
    ]
    await stack.until(async () => (await readdir(spool)).length === kept.length)
    t.same((await readdir(spool)).sort(), kept)
  }
)
