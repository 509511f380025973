import { chooseClient, explainStage, pgRestoreListStage } from '@resguardo/pg-tools'
import { runText, StageError } from '@resguardo/processes'
import { explainAge } from '@resguardo/repository'
import { AppError } from '@resguardo/shared'
import type { ContentsContext } from '../engine.ts'

/** Lets pg_restore read the archive's table of contents. */
export async function readContents(context: ContentsContext): Promise<void> {
  const { manifest, repository, clients, signal } = context
  const archive = manifest.objects.find(({ role }) => role === 'archive')
  if (!archive) throw new AppError('MANIFEST_INVALID', `${manifest.id} has no archive`)
  const client = chooseClient(clients, Number.parseInt(manifest.tool.pgDumpVersion, 10))
  const stages = [...(await repository.openingStages()), pgRestoreListStage(client)]
  const input = repository.read(manifest, archive, signal)
  try {
    await runText(stages, { signal, input, mayStopReading: true })
  } catch (error) {
    signal.throwIfAborted()
    // Killed (memory, an operator) says nothing about the bytes.
    if (!(error instanceof StageError) || error.signal !== null)
      throw explainStage(explainAge(error))
    throw new AppError(
      'OBJECT_DAMAGED',
      `${archive.key} is no archive of pg_dump: ${error.message}`,
      {
        cause: error
      }
    )
  }
}
