import type { Run as CatalogRun, RunEvent as CatalogRunEvent } from '@resguardo/catalog'
import { runKinds, runStatuses } from '@resguardo/domain'
import { type Static, Type } from 'typebox'
import { BackupId, DateTime, FreeObject, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'

export const RunKind = Type.Enum([...runKinds], { description: 'What the run does' })
export const RunStatus = Type.Enum([...runStatuses], { description: 'Where the run stands' })

const Progress = Type.Object({
  done: Type.Number(),
  total: nullable(Type.Number({ description: 'An estimate' })),
  unit: Type.Enum(['bytes', 'tables']),
  rate: Type.Number({ description: 'Units a second' }),
  etaSeconds: nullable(Type.Number())
})

export const RunError = Type.Object({
  code: Type.String(),
  message: Type.String(),
  hint: Type.String(),
  retryable: Type.Boolean()
})

export const Run = named(
  'Run',
  Type.Object(
    {
      id: Id,
      kind: RunKind,
      status: RunStatus,
      sourceId: nullable(Id),
      repositoryId: nullable(Id),
      backupId: nullable(BackupId),
      restoreId: nullable(Id),
      policyId: nullable(Id),
      params: FreeObject,
      worker: nullable(Type.String({ description: 'Who executes it' })),
      attempt: Type.Integer(),
      maxAttempts: Type.Integer(),
      phase: nullable(Type.String()),
      progress: nullable(Progress),
      error: nullable(RunError),
      requestedBy: Type.String(),
      requestId: nullable(Type.String()),
      cancelRequestedAt: nullable(DateTime),
      nextAttemptAt: DateTime,
      createdAt: DateTime,
      startedAt: nullable(DateTime),
      finishedAt: nullable(DateTime)
    },
    { description: 'One execution of a job' }
  )
)
export type Run = Static<typeof Run>

export const RunEvent = named(
  'RunEvent',
  Type.Object(
    {
      id: Type.Integer(),
      at: DateTime,
      type: Type.String(),
      attempt: Type.Integer(),
      worker: nullable(Type.String()),
      detail: FreeObject
    },
    { description: "One line of a run's history" }
  )
)

/** A run without what changes at every heartbeat, so that two equal snapshots mean that nothing happened. */
export function presentRun(run: CatalogRun): Run {
  const { fence, heartbeatAt, claimedBy, ...shown } = run
  return { ...json(shown), worker: claimedBy }
}

export const presentRunEvent = ({ runId, ...event }: CatalogRunEvent) => json(event)
