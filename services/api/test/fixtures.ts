import { randomUUID } from 'node:crypto'
import type { TestApp } from './support.ts'

export const recipient = `age1${'q'.repeat(58)}`

export const sourceBody = (name = 'shop') => ({
  name,
  host: 'db.internal',
  database: 'shop',
  user: 'backup',
  password: 'correct-horse-battery'
})

export const repositoryBody = (name = 'nas') => ({
  kind: 'local',
  name,
  settings: { path: '/var/lib/resguardo/nas' },
  recipients: [recipient]
})

/** A source and a ready repository, as the API and a worker would have made them. */
export async function prepare({ ask, catalog }: TestApp) {
  const source = await ask('admin', { method: 'POST', url: '/v1/sources', body: sourceBody() })
  const repository = await ask('admin', {
    method: 'POST',
    url: '/v1/repositories',
    body: repositoryBody()
  })
  const sourceId: string = source.json().id
  const repositoryId: string = repository.json().id
  await catalog.repositories.probed(repositoryId, {
    repositoryId: randomUUID(),
    signers: [],
    capabilities: {}
  })
  return { sourceId, repositoryId, probeRunId: repository.json().probeRunId as string }
}

/** A backup that is in the catalog, as a worker would have recorded it. */
export async function recordBackup(
  { catalog }: TestApp,
  sourceId: string,
  repositoryId: string,
  id = '20261120T020000Z-logical-7f3k2m'
) {
  await catalog.backups.record({
    id,
    sourceId,
    repositoryId,
    runId: null,
    kind: 'logical',
    state: 'available',
    name: null,
    labels: { why: 'test' },
    startedAt: new Date('2026-11-20T02:00:00Z'),
    finishedAt: new Date('2026-11-20T02:00:09Z'),
    plainBytes: 1000,
    storedBytes: 100,
    serverVersion: '15.6',
    manifest: { formatVersion: 1, id }
  })
  return id
}

/** Claims a run, as a worker would. */
export async function claim({ catalog }: TestApp, runId: string) {
  const claimed = await catalog.runs.claim(runId, 'test-worker', 30_000)
  if (claimed.outcome !== 'claimed') throw new Error(`Run ${runId} is ${claimed.outcome}`)
  return claimed.claim
}
