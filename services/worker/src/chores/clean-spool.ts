import { execFile } from 'node:child_process'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SCRATCH_PREFIX } from '@resguardo/drills'
import { ARCHIVE_PREFIX, OWNER_FILE } from '@resguardo/engines'
import type { Dependencies } from '../dependencies.ts'
import { spoolDir } from '../spool-dir.ts'

/** A worker is gone when it was not seen for so long. */
const SILENT_MS = 120_000

/** Ends and removes the scratch clusters, and the plain archives of restores, that workers left here which are gone. */
export async function cleanSpool(dependencies: Dependencies): Promise<void> {
  const { catalog, config, log } = dependencies
  const dir = spoolDir(config)
  const left = (await readdir(dir)).filter(name =>
    [SCRATCH_PREFIX, ARCHIVE_PREFIX].some(prefix => name.startsWith(prefix))
  )
  if (left.length === 0) return
  const gone = new Set(
    (await catalog.workers.list())
      .filter(({ seenAt }) => seenAt.getTime() < Date.now() - SILENT_MS)
      .map(({ name }) => name)
  )
  for (const name of left) {
    const path = join(dir, name)
    const owner = await readFile(join(path, OWNER_FILE), 'utf8').catch(() => undefined)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Date.now() }))
    // An owner that this catalog does not know works for another installation on this host.
    if (owner ? !gone.has(owner) : Date.now() - mtimeMs < SILENT_MS) continue
    await endServer(join(path, 'c', 'data', 'postmaster.pid'))
    await rm(path, { recursive: true, force: true })
    log.warn({ path, owner }, 'removed what a worker left in the spool directory')
  }
}

/** Only if the process is a PostgreSQL server of that directory: its number may be somebody else's by now. */
async function endServer(pidFile: string) {
  const [pid, data] = (await readFile(pidFile, 'utf8').catch(() => '')).split('\n')
  if (!pid || !data) return
  const args = await promisify(execFile)('ps', ['-o', 'args=', '-p', pid]).catch(() => ({
    stdout: ''
  }))
  if (args.stdout.includes(data)) process.kill(Number(pid), 'SIGQUIT')
}
