import { mkdtemp, open, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { explainStage } from '@resguardo/pg-tools'
import { runText, type Stage, StageError } from '@resguardo/processes'
import { explainAge, type ManifestObject } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import type { RestoreContext } from '../engine.ts'

export const ARCHIVE_PREFIX = 'resguardo-restore-'
/** Names the worker that made a directory; another one removes it when that worker is gone. */
export const OWNER_FILE = 'owner'

/** The part of the spool's free space that an archive may take. */
const SPOOL_SHARE = 0.8

/** A pg_dump archive that pg_restore can be run on, once or several times. */
export interface ArchiveSource {
  /** For small files that a tool wants; removed with the archive. */
  dir: string
  /** Path of the plain archive; undefined where it had to stay a stream. */
  file: string | undefined
  /** Runs a program of pg_restore on it: `stage` gets the path, or undefined for stdin. Returns what it printed. */
  run(stage: (file?: string) => Stage, signal: AbortSignal): Promise<string>
}

type Context = Pick<
  RestoreContext,
  'repository' | 'manifest' | 'spoolDir' | 'owner' | 'signal' | 'restoreId'
>

/**
 * Opens the archive for `work`. As a file in the spool directory where it fits, because only a file lets pg_restore work in
 * parallel; otherwise as a stream that is read again for each use, after its checksum was verified once.
 * The file is removed whatever happens.
 */
export async function withArchive<T>(
  context: Context,
  archive: ManifestObject,
  onBytes: (bytes: number) => void,
  work: (source: ArchiveSource) => Promise<T>
): Promise<T> {
  const dir = await mkdtemp(
    join(context.spoolDir, `${ARCHIVE_PREFIX}${context.restoreId.slice(0, 8)}-`)
  )
  try {
    await writeFile(join(dir, OWNER_FILE), context.owner)
    if (!(await fits(dir, archive.plainBytes)))
      return await work({ dir, file: undefined, run: onStream(context, archive) })
    const file = join(dir, 'archive.pgdump')
    await spool(context, archive, file, onBytes)
    return await work({
      dir,
      file,
      run: (stage, signal) => runText([stage(file)], { signal }).catch(rethrow(signal))
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function fits(dir: string, bytes: number): Promise<boolean> {
  const { bavail, bsize } = await statfs(dir)
  return bytes < bavail * bsize * SPOOL_SHARE
}

async function spool(
  { repository, manifest, signal }: Context,
  archive: ManifestObject,
  file: string,
  onBytes: (bytes: number) => void
) {
  const stages = await repository.openingStages()
  async function* input() {
    for await (const chunk of repository.read(manifest, archive, signal)) {
      onBytes(chunk.length)
      yield chunk
    }
  }
  await using plain = await open(file, 'wx', 0o600)
  try {
    await runText(stages, { signal, input: input(), output: plain.fd })
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof StageError && /No space left on device/.test(error.stderr))
      throw new AppError('RESTORE_SPOOL_FULL', `The spool directory is full: ${file}`, {
        cause: error
      })
    throw explainStage(explainAge(error))
  }
}

/** pg_restore may stop reading when it has what it wants, so a damaged tail would go unnoticed: hence the pass before. */
function onStream(
  { repository, manifest }: Context,
  archive: ManifestObject
): ArchiveSource['run'] {
  let verified = false
  return async (stage, signal) => {
    const stages = [...(await repository.openingStages()), stage()]
    if (!verified) {
      for await (const _ of repository.read(manifest, archive, signal)) {
        // only its checksum matters
      }
      verified = true
    }
    const input = repository.read(manifest, archive, signal)
    return runText(stages, { signal, input, mayStopReading: true }).catch(rethrow(signal))
  }
}

const rethrow = (signal: AbortSignal) => (error: unknown) => {
  signal.throwIfAborted()
  throw explainStage(explainAge(error))
}
