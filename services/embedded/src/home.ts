import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const projectRoot = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Where the embedded stack keeps its data. As root the servers run as another user, who may not be able to enter the
 * checkout, so it lies where services of the system keep theirs.
 */
export const homeDirectory = () =>
  process.getuid?.() === 0 ? '/var/lib/resguardo' : join(projectRoot, '.resguardo')
