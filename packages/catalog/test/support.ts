import type { Test } from 'tap'
import { createDatabase } from '../../../test/support/postgres.ts'
import {
  type Catalog,
  type CatalogOptions,
  createMasterKey,
  migrate,
  openCatalog,
  type Run,
  type SecretInput
} from '../src/index.ts'

/** A migrated catalog in a database of its own; `open` gives further ones on the same database. */
export async function testCatalog(t: Test) {
  const database = await createDatabase(t)
  await migrate(database.url)
  const masterKey = createMasterKey()
  const open = (options: Partial<CatalogOptions> = {}) =>
    openCatalogAt(t, database.url, { masterKey, ...options })
  return { database, masterKey, open, catalog: await open() }
}

export async function openCatalogAt(t: Test, url: string, options: Partial<CatalogOptions> = {}) {
  const catalog = await openCatalog({ url, onError: () => {}, ...options })
  t.teardown(() => catalog.close())
  return catalog
}

export const connection = {
  host: 'db.internal',
  port: 5432,
  database: 'shop',
  user: 'backup',
  sslMode: 'verify-full'
} as const

export const addSource = (catalog: Catalog, name: string, secret?: SecretInput) =>
  catalog.sources.create({ name, kind: 'postgresql', connection, ...(secret ? { secret } : {}) })

export const addRepository = (catalog: Catalog, name: string, secret?: SecretInput) =>
  catalog.repositories.create({
    name,
    kind: 'local',
    settings: { path: `/backups/${name}` },
    recipients: ['age1example'],
    ...(secret ? { secret } : {})
  })

/** Records a backup, as a worker would. */
export async function addBackup(
  catalog: Catalog,
  { id, sourceId, repositoryId }: { id: string; sourceId: string; repositoryId: string }
) {
  const backup = {
    id,
    sourceId,
    repositoryId,
    runId: null,
    kind: 'logical',
    state: 'available' as const,
    name: null,
    labels: { why: 'test' },
    startedAt: new Date('2026-11-20T02:00:00Z'),
    finishedAt: new Date('2026-11-20T02:00:09Z'),
    plainBytes: 2 ** 40,
    storedBytes: 100,
    serverVersion: '15.6',
    manifest: { formatVersion: 1, id }
  }
  await catalog.backups.record(backup)
  return backup
}

export const addRun = (
  catalog: Catalog,
  change: Partial<Parameters<Catalog['runs']['create']>[0]>
) => catalog.runs.create({ kind: 'backup', maxAttempts: 3, requestedBy: 'key:test', ...change })

/** Claims a run that must be free, or silent for `staleAfterMs`. */
export async function claimed(
  catalog: Catalog,
  run: Pick<Run, 'id'>,
  worker = 'w1',
  staleAfterMs = HOUR
) {
  const claim = await catalog.runs.claim(run.id, worker, staleAfterMs)
  if (claim.outcome !== 'claimed') throw new Error(`run is ${claim.outcome}`)
  return claim
}

export const HOUR = 3_600_000
