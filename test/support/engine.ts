import { execFile } from 'node:child_process'
import { randomBytes, randomUUID } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeBackupId, type RestorePlan } from '@resguardo/domain'
import { engines, fairSlots, type RestoreContext } from '@resguardo/engines'
import { logicalOptions } from '@resguardo/engines/options'
import type { ClientPrograms, PgTarget } from '@resguardo/pg-tools'
import {
  createSigningKey,
  initialiseRepository,
  type Manifest,
  openRepository,
  publicKeyOf,
  startHashThread
} from '@resguardo/repository'
import { type Storage, storages } from '@resguardo/storage'
import type { Test } from 'tap'
import type { Static } from 'typebox'
import { Value } from 'typebox/value'

const run = promisify(execFile)

type Options = Partial<Static<typeof logicalOptions>>

/** The logical engine on a local repository, without API, queue and worker: for what only the engine can get wrong. */
export async function startEngine(
  t: Test,
  clients: ClientPrograms[],
  wrap: (storage: Storage) => Storage = storage => storage
) {
  const dir = await mkdtemp(join(tmpdir(), 'resguardo-engine-'))
  const path = join(dir, 'repository')
  const spoolDir = join(dir, 'spool')
  await mkdir(path)
  await mkdir(spoolDir)
  const storage = wrap(storages.local.open({ path }))
  const hashes = startHashThread()
  t.teardown(async () => {
    await hashes.close()
    await storage.close()
    await rm(dir, { recursive: true, force: true })
  })
  const identityFile = join(dir, 'identity.txt')
  await run('age-keygen', ['-o', identityFile])
  const recipient = (await run('age-keygen', ['-y', identityFile])).stdout.trim()
  const { privateKey } = createSigningKey()
  const signers = [publicKeyOf(privateKey)]
  const { repositoryId } = await initialiseRepository(storage, signers, new Date())
  const repository = await openRepository({
    storage,
    hashes,
    repositoryId,
    recipients: [recipient],
    signers,
    signingKey: privateKey,
    identityFile,
    stallAfterMs: 60_000
  })
  const slots = fairSlots(4)
  const report = { progress: () => {} }
  return { path, spoolDir, identityFile, repository, slots, backup, restore, plan }

  async function backup(
    target: PgTarget,
    options: Options = {},
    { signal = new AbortController().signal, onPhase = async (_: string) => {} } = {}
  ): Promise<Manifest> {
    const backupId = makeBackupId(new Date(), 'logical', randomBytes(4).toString('hex'))
    const manifest = await engines.logical.backup({
      source: { name: 'shop', target },
      backupId,
      name: null,
      labels: {},
      options: Value.Parse(logicalOptions, Value.Default(logicalOptions, { ...options })),
      repository,
      clients,
      slots,
      report: { ...report, phase: onPhase },
      signal
    })
    await repository.commit(manifest)
    return manifest
  }

  function context(
    manifest: Manifest,
    target: PgTarget,
    options: Partial<RestoreContext['options']>,
    signal: AbortSignal,
    onPhase: (name: string) => Promise<void>
  ): RestoreContext {
    return {
      restoreId: randomUUID(),
      manifest,
      repository,
      target,
      requestedAt: new Date(),
      options: { missingRoles: 'create', mode: 'new', ...options },
      clients,
      slots,
      spoolDir,
      owner: 'test',
      measuredRate: null,
      report: { ...report, phase: onPhase },
      signal
    }
  }

  async function restore(
    manifest: Manifest,
    target: PgTarget,
    options: Partial<RestoreContext['options']> = {},
    how: {
      signal?: AbortSignal
      onPhase?: (name: string) => Promise<void>
      /** Instead of the one that is made. */
      plan?: RestorePlan
      /** Instead of the engine's own. */
      repository?: typeof repository
    } = {}
  ) {
    const { signal = new AbortController().signal, onPhase = async () => {} } = how
    const given = {
      ...context(manifest, target, options, signal, onPhase),
      ...(how.repository ? { repository: how.repository } : {})
    }
    return engines.logical.restore(given, how.plan ?? (await engines.logical.plan(given)))
  }

  function plan(manifest: Manifest, target: PgTarget) {
    const { signal } = new AbortController()
    return engines.logical.plan(context(manifest, target, {}, signal, async () => {}))
  }
}

export type TestEngine = Awaited<ReturnType<typeof startEngine>>
