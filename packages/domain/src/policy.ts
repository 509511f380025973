import { type Static, type TProperties, type TSchema, Type } from 'typebox'
import { DrillPlan } from './drill-plan.ts'
import { NAME_PATTERN } from './names.ts'
import { Cron, Schedule, TimeZone } from './timetable.ts'

export * from './timetable.ts'

const closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false })
const optional = <T extends TSchema>(type: T) => Type.Optional(type)
const count = (description: string) => Type.Integer({ minimum: 0, maximum: 10_000, description })

export const MaintenanceWindow = closed({
  cron: Cron,
  minutes: Type.Integer({ minimum: 1, maximum: 10_080, description: 'Length of the window' }),
  reason: Type.String({ maxLength: 200, default: '' })
})

/** How long a backup of one kind in one repository is kept; a backup that any rule wants stays. */
export const Retention = closed(
  {
    last: optional(count('The newest so many')),
    within: optional(
      Type.String({
        pattern: '^[1-9][0-9]{0,4}[hdwy]$',
        description: 'All of the last hours, days, weeks or years',
        examples: ['30d']
      })
    ),
    hourly: optional(count('The newest of each of the last so many hours that have one')),
    daily: optional(count('The newest of each of the last so many days that have one')),
    weekly: optional(count('The newest of each of the last so many ISO weeks that have one')),
    monthly: optional(count('The newest of each of the last so many months that have one')),
    yearly: optional(count('The newest of each of the last so many years that have one')),
    minimumRedundancy: Type.Integer({
      minimum: 1,
      maximum: 1_000,
      default: 1,
      description: 'Good backups that always stay, whatever the rules say'
    })
  },
  { default: {} }
)

export const Objectives = closed(
  {
    rpoMinutes: Type.Integer({
      minimum: 1,
      maximum: 525_600,
      default: 1_560,
      description: 'Age that the newest good backup may have'
    }),
    rtoMinutes: Type.Integer({
      minimum: 1,
      maximum: 525_600,
      default: 240,
      description: 'Time that a restore may take'
    }),
    verifyDays: Type.Integer({
      minimum: 1,
      maximum: 3_650,
      default: 45,
      description: 'Every stored byte is read again within so many days'
    }),
    drillDays: optional(
      Type.Integer({
        minimum: 1,
        maximum: 3_650,
        description: 'A drill passes within so many days'
      })
    ),
    minBytes: optional(
      Type.Integer({ minimum: 0, description: 'Stored bytes below which it is wrong' })
    ),
    maxBytes: optional(
      Type.Integer({ minimum: 0, description: 'Stored bytes above which it is wrong' })
    ),
    sizeChangePercent: Type.Integer({
      minimum: 0,
      maximum: 100_000,
      default: 50,
      description: 'Difference to the median of the last backups that is an anomaly; 0: none is'
    }),
    sizeSamples: Type.Integer({ minimum: 3, maximum: 100, default: 10 })
  },
  { default: {} }
)

/** Object lock: how long is computed from the retention rules and the schedules. */
export const Lock = closed({
  mode: Type.Enum(['governance', 'compliance'], {
    description: 'compliance: nobody can shorten it, not even the root of the account'
  }),
  maxDays: optional(
    Type.Integer({ minimum: 1, maximum: 36_500, description: 'Never locked for longer' })
  )
})

export const Tier = closed({
  class: Type.String({ pattern: '^[A-Z][A-Z0-9_]{0,63}$', examples: ['STANDARD_IA'] }),
  afterDays: Type.Integer({ minimum: 0, maximum: 36_500, description: '0: written there at once' })
})

const hookFields = {
  name: Type.String({ pattern: NAME_PATTERN }),
  timeoutSeconds: Type.Integer({ minimum: 1, maximum: 3_600, default: 60 }),
  onFailure: Type.Enum(['fail', 'warn'], { default: 'fail' })
}

export const Hook = Type.Union([
  closed(
    {
      kind: Type.Literal('sql'),
      ...hookFields,
      sql: Type.String({ minLength: 1, maxLength: 10_000 })
    },
    { title: 'SQL on the source' }
  ),
  closed(
    {
      kind: Type.Literal('http'),
      ...hookFields,
      method: Type.Enum(['GET', 'POST', 'PUT'], { default: 'POST' }),
      url: Type.String({ pattern: '^https?://[^\\s@]+$', maxLength: 2_000 }),
      body: optional(Type.String({ maxLength: 10_000 }))
    },
    { title: 'HTTP request of the worker' }
  )
])

/** What a policy says, apart from the things it refers to (source, repositories, channels). */
export const PolicySpec = closed({
  profile: optional(
    Type.Enum(['health-data'], { description: 'Defaults for what is left out; see docs/guides' })
  ),
  timeZone: TimeZone,
  schedules: Type.Array(Schedule, { maxItems: 20, default: [] }),
  catchUp: Type.Enum(['once', 'skip'], {
    default: 'once',
    description: 'After downtime: one backup for all that were missed, or none'
  }),
  maintenance: Type.Array(MaintenanceWindow, {
    maxItems: 20,
    default: [],
    description: 'Times in which nothing is started; what is due then starts at their end'
  }),
  objectives: Objectives,
  retention: Retention,
  lock: optional(Lock),
  drill: optional(DrillPlan),
  tiers: Type.Array(Tier, { maxItems: 5, default: [] }),
  hooks: closed(
    {
      before: Type.Array(Hook, { maxItems: 10, default: [] }),
      after: Type.Array(Hook, { maxItems: 10, default: [] })
    },
    { default: {} }
  )
})

export type MaintenanceWindow = Static<typeof MaintenanceWindow>
export type Retention = Static<typeof Retention>
export type Objectives = Static<typeof Objectives>
export type Lock = Static<typeof Lock>
export type Tier = Static<typeof Tier>
export type Hook = Static<typeof Hook>
export type PolicySpec = Static<typeof PolicySpec>
