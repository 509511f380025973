import type { Json } from '@resguardo/api-client'
import type { Test } from 'tap'
import { createDatabase } from './postgres.ts'
import { sample } from './sample.ts'
import { type Stack, startStack } from './stack.ts'

/** A stack with a sample database, its source and a local repository; the probing worker is gone again. */
export async function startScene(t: Test, options: Parameters<typeof startStack>[1] = {}) {
  const stack = await startStack(t, options)
  const prober = await stack.startWorker()
  const database = await createDatabase(t, sample)
  const repository = await stack.localRepository()
  const sourceId = await stack.source('shop', database)
  await prober.stop()
  return { stack, database, repository, sourceId }
}

export type Scene = Awaited<ReturnType<typeof startScene>>

/** What must hold after a backup that failed: the code, no backup listed, nothing stored, nothing unfinished. */
export async function expectNothingLeft(
  t: Test,
  { stack, repository }: Scene,
  run: Json,
  code: string
) {
  t.match(run, { status: 'failed', error: { code } }, `${code}, got ${JSON.stringify(run.error)}`)
  t.ok(run.error.hint, 'with a hint')
  t.same((await stack.call('GET', '/v1/backups')).body.items, [], 'no backup is listed')
  t.same(await repository.files(), ['resguardo.json'], 'nothing is stored')
}

/** Takes a good backup with a worker of its own and returns its id. */
export async function goodBackup(
  { stack, sourceId, repository }: Scene,
  body: Json = {}
): Promise<string> {
  const worker = await stack.startWorker()
  const run = await stack.runEnd((await stack.backup(sourceId, repository.id, body)).id)
  await worker.stop()
  if (run.status !== 'succeeded') throw new Error(JSON.stringify(run.error))
  return run.backupId
}

export const historyOf = async (stack: Stack, runId: string) =>
  (await stack.call('GET', `/v1/runs/${runId}/history`)).body.items.map(
    (event: Json) => event.type
  ) as string[]

/** How the databases that a restore fills are named before they are published. */
export const stagingPrefix = (restoreId: string) =>
  `resguardo_restore_${restoreId.replaceAll('-', '').slice(0, 16)}`
