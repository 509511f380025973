import { type Static, type TProperties, Type } from 'typebox'
import { Value } from 'typebox/value'
import { NAME_PATTERN } from './names.ts'
import { Schedule } from './timetable.ts'

const closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false })
const Duration = (description: string) =>
  Type.String({ pattern: '^[1-9][0-9]{0,4}[mhdwy]$', description, examples: ['26h'] })
const name = Type.String({
  pattern: NAME_PATTERN,
  description: 'Of this check; appears in the evidence'
})
const Table = Type.String({
  minLength: 3,
  maxLength: 140,
  description: 'schema.table',
  examples: ['public.orders']
})
const Sql = Type.String({ minLength: 1, maxLength: 10_000 })
const Scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean()])

/** What the first column of the first row must be; text is compared as PostgreSQL writes it. */
export const SqlExpectation = Type.Union([
  closed({ equals: Scalar }),
  closed({ atLeast: Type.Number() }),
  closed({ atMost: Type.Number() }),
  closed({ between: Type.Tuple([Type.Number(), Type.Number()]) }),
  closed({ empty: Type.Literal(true) }, { description: 'No row at all' }),
  closed({ matches: Type.String({ description: 'A regular expression' }) }),
  closed({ notOlderThan: Duration('Of the moment of the backup') })
])

export const HttpStep = closed({
  name: Type.String({ minLength: 1, maxLength: 100 }),
  method: Type.Enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], { default: 'GET' }),
  path: Type.String({ pattern: '^/', maxLength: 2_000, description: 'May hold {{variables}}' }),
  headers: Type.Optional(Type.Record(Type.String(), Type.String(), { maxProperties: 30 })),
  body: Type.Optional(Type.Unknown({ description: 'JSON; texts in it may hold {{variables}}' })),
  status: Type.Integer({ minimum: 100, maximum: 599, default: 200 }),
  expect: Type.Optional(
    Type.Record(Type.String({ description: 'JSON path, e.g. items.0.total' }), Scalar)
  ),
  capture: Type.Optional(
    Type.Record(Type.String({ description: 'Variable' }), Type.String({ description: 'JSON path' }))
  )
})

export const DrillCheck = Type.Union([
  closed({ kind: Type.Literal('starts') }, { title: 'It accepts connections and answers' }),
  closed(
    {
      kind: Type.Literal('restores-clean'),
      allow: Type.Array(Type.String({ maxLength: 300 }), {
        maxItems: 50,
        default: [],
        description: 'Regular expressions of warnings that are known'
      })
    },
    { title: 'The restore had no error and no unknown warning' }
  ),
  closed({ kind: Type.Literal('row-counts') }, { title: 'Exact row counts against the manifest' }),
  closed(
    {
      kind: Type.Literal('content-hash'),
      tables: Type.Optional(Type.Array(Table, { maxItems: 500, description: 'Left out: all' })),
      samplePercent: Type.Integer({
        minimum: 1,
        maximum: 100,
        default: 100,
        description: 'Share of the tables that is read, other ones each time'
      })
    },
    { title: 'Content hashes against those of the backup' }
  ),
  closed(
    { kind: Type.Literal('amcheck'), heapAllIndexed: Type.Boolean({ default: false }) },
    { title: 'pg_amcheck of heap and indexes' }
  ),
  closed(
    { kind: Type.Literal('sql'), name, query: Sql, expect: SqlExpectation },
    { title: 'A query and what it must give' }
  ),
  closed(
    {
      kind: Type.Literal('freshness'),
      table: Table,
      column: Type.String({ minLength: 1, maxLength: 63 }),
      notOlderThan: Duration('Before the moment of the backup')
    },
    { title: 'The newest row of a table is fresh' }
  ),
  closed({ kind: Type.Literal('schema') }, { title: 'Same schema as the source had' }),
  closed(
    {
      kind: Type.Literal('http'),
      name,
      url: Type.Optional(
        Type.String({
          pattern: '^https?://[^\\s@]+$',
          description: 'Of the application; it is told the database by `start`'
        })
      ),
      start: Type.Optional(
        closed({
          program: Type.String({ pattern: '^[A-Za-z0-9._-]{1,64}$' }),
          args: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 30, default: [] }),
          readyPath: Type.String({ pattern: '^/', default: '/' })
        })
      ),
      timeoutSeconds: Type.Integer({ minimum: 1, maximum: 3_600, default: 120 }),
      steps: Type.Array(HttpStep, { minItems: 1, maxItems: 50 })
    },
    { title: 'Steps against an application on the restored database' }
  ),
  closed(
    {
      kind: Type.Literal('command'),
      name,
      program: Type.String({
        pattern: '^[A-Za-z0-9._-]{1,64}$',
        description: "A program in the worker's RESGUARDO_DRILL_PROGRAMS_DIR"
      }),
      args: Type.Array(Type.String({ maxLength: 500 }), { maxItems: 30, default: [] }),
      timeoutSeconds: Type.Integer({ minimum: 1, maximum: 86_400, default: 600 })
    },
    { title: 'A program that gets DATABASE_URL' }
  )
])

export const DrillPlan = closed({
  schedules: Type.Array(Schedule, { maxItems: 5, default: [] }),
  selection: Type.Union(
    [
      closed({ kind: Type.Literal('latest') }),
      closed({
        kind: Type.Literal('random'),
        within: Type.String({ pattern: '^[1-9][0-9]{0,4}[hdwy]$', examples: ['30d'] })
      })
    ],
    { default: { kind: 'latest' } }
  ),
  where: Type.Union(
    [
      closed(
        { kind: Type.Literal('scratch') },
        { title: 'A cluster that the worker makes and deletes again' }
      ),
      closed(
        {
          kind: Type.Literal('staging'),
          sourceId: Type.String({ format: 'uuid', description: 'Whose server' }),
          keep: Type.Boolean({ default: false, description: 'Do not drop the database after it' })
        },
        { title: 'A new database on a given server' }
      )
    ],
    { default: { kind: 'scratch' } }
  ),
  checks: Type.Array(DrillCheck, {
    maxItems: 50,
    default: [{ kind: 'starts' }, { kind: 'restores-clean' }, { kind: 'row-counts' }]
  }),
  jobs: Type.Optional(Type.Integer({ minimum: 1, maximum: 64 })),
  timeBudgetMinutes: Type.Integer({
    minimum: 1,
    maximum: 10_080,
    default: 240,
    description: 'A drill that takes longer is stopped: it could not run'
  })
})

export type SqlExpectation = Static<typeof SqlExpectation>
export type HttpStep = Static<typeof HttpStep>
export type DrillCheck = Static<typeof DrillCheck>
export type DrillPlan = Static<typeof DrillPlan>
export type CheckOf<K extends DrillCheck['kind']> = Extract<DrillCheck, { kind: K }>

/** A plan with every default. */
export const completeDrillPlan = (): DrillPlan =>
  Value.Parse(DrillPlan, Value.Default(DrillPlan, {}))
