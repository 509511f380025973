import { type Static, type TSchema, Type } from 'typebox'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time', description: 'UTC, ISO 8601' })
const Count = Type.Integer({ minimum: 0 })
const Seconds = Type.Number({ minimum: 0 })
const Outcome = Type.Enum(['passed', 'failed', 'errored'])

export const DrillCounts = Type.Object(
  {
    passed: Count,
    failed: Count,
    errored: Count,
    passRate: nullable(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description:
          'passed / (passed + failed): drills that could not run say nothing of a backup; null: none ran'
      })
    )
  },
  { description: 'Drills that ended in the period' }
)

const DrillMention = Type.Object(
  { id: Type.String(), backupId: nullable(Type.String()), outcome: Outcome, finishedAt: Time },
  { description: 'A drill' }
)

export const RestorePoint = Type.Object(
  {
    drillId: Type.String(),
    at: Time,
    restoreSeconds: Seconds,
    rtoMet: nullable(Type.Boolean())
  },
  { description: 'How long the restore of one drill took' }
)

export const PolicyCoverage = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    drillDays: nullable(Count),
    rtoObjectiveSeconds: nullable(Seconds),
    state: Type.Enum(['proven', 'overdue', 'unproven'], {
      description:
        'At the end of the period. unproven: no drill ever passed; overdue: the last that passed is more than drillDays ago'
    }),
    lastPassed: nullable(DrillMention),
    isProvenInPeriod: Type.Boolean({ description: 'A drill passed in the period itself' }),
    dueAt: nullable(
      Type.String({
        format: 'date-time',
        description: 'When the proof becomes too old; null: no proof, or no objective'
      })
    ),
    last: nullable(DrillMention),
    counts: DrillCounts,
    restores: Type.Array(RestorePoint, { description: 'Of the period, oldest first' }),
    worstRestoreSeconds: nullable(Seconds),
    medianRestoreSeconds: nullable(Seconds)
  },
  { description: 'When a policy was proven to restore, and how fast' }
)

/** What `GET /v1/reports/drills` answers. */
export const DrillReport = Type.Object(
  {
    period: Type.Object({
      from: Time,
      to: Type.String({ format: 'date-time', description: 'Not part of the period' }),
      asOf: Type.String({
        format: 'date-time',
        description: 'The end of the period, or when the report was made if that was before'
      })
    }),
    generatedAt: Time,
    totals: DrillCounts,
    otherDrills: Type.Integer({
      minimum: 0,
      description: 'How many of the totals belong to no policy of the list'
    }),
    policies: Type.Array(PolicyCoverage),
    overdue: Type.Array(Type.String(), { description: 'Ids of policies' }),
    unproven: Type.Array(Type.String(), { description: 'Ids of policies' })
  },
  { description: 'Restore drills of a period' }
)

export type DrillCounts = Static<typeof DrillCounts>
export type DrillMention = Static<typeof DrillMention>
export type RestorePoint = Static<typeof RestorePoint>
export type PolicyCoverage = Static<typeof PolicyCoverage>
export type DrillReport = Static<typeof DrillReport>
