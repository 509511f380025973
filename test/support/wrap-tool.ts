import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmod, mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

/**
 * Makes a directory for RESGUARDO_PG_BIN_DIRS or PATH, below `dir`, in which `tool` is a shell script. `$REAL` in it is the
 * real program; the other programs of `from` are linked. Without `from` the program is looked for in PATH.
 */
export async function wrapTool(
  dir: string,
  tool: string,
  script: string,
  from?: string
): Promise<string> {
  const wrapped = join(dir, `wrapped-${tool}-${randomBytes(3).toString('hex')}`)
  await mkdir(wrapped)
  for (const name of from ? await readdir(from) : [])
    if (name !== tool) await symlink(join(from!, name), join(wrapped, name))
  const real = from
    ? join(from, tool)
    : (await promisify(execFile)('sh', ['-c', `command -v ${tool}`])).stdout.trim()
  await writeFile(
    join(wrapped, tool),
    `#!/bin/bash\nREAL=${real}\n[ "$1" = --version ] && exec $REAL "$@"\n${script}\n`
  )
  await chmod(join(wrapped, tool), 0o755)
  return wrapped
}
