import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'

/** A spool directory of a test's own, which the server's user may enter, too; gone at its end. */
export async function spoolDirectory(t: Test): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'rg-spool-'))
  await chmod(dir, 0o755)
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}
