import type { Stage } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'

/** What zstd prints at the end with -vv: `(123 B => 45 B, /*stdout*\)`. */
const summary = /\(\s*(\d+) B =>\s*(\d+) B/

/**
 * Compresses stdin; `threads` 0: on all cores. `plainBytes()` gives, after a successful end, how many bytes went in.
 * The program rather than node:zlib, whose zstd with several threads loses data without an error.
 */
export function zstdCompressStage(
  level = 3,
  threads = 0
): { stage: Stage; plainBytes: () => number } {
  let stderr = ''
  const stage: Stage = {
    name: 'zstd',
    cmd: 'zstd',
    args: [`-${level}`, `-T${threads}`, '-vv', '--no-progress', '--stdout'],
    onStderr: text => {
      stderr = (stderr + text).slice(-4_096)
    }
  }
  const plainBytes = () => {
    const bytes = summary.exec(stderr)?.[1]
    if (bytes === undefined)
      throw new AppError(
        'TOOL_FAILED',
        'zstd did not report how many bytes it read; version 1.5 or newer is needed'
      )
    return Number(bytes)
  }
  return { stage, plainBytes }
}

export const zstdDecompressStage = (): Stage => ({
  name: 'zstd',
  cmd: 'zstd',
  args: ['--decompress', '--stdout', '--quiet']
})
