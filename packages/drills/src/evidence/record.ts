import { type Static, type TProperties, type TSchema, Type } from 'typebox'

/** The newest format of evidence that this program writes and reads. */
export const EVIDENCE_VERSION = 1
export const EVIDENCE_KIND = 'resguardo-drill-evidence'

const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()])
const object = <T extends TProperties>(properties: T, description: string) =>
  Type.Object(properties, { description })

const Time = Type.String({
  pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$',
  description: 'UTC, ISO 8601'
})
const Id = Type.String({ pattern: '^[0-9A-Za-z-]{1,64}$' })
const Seconds = Type.Number({ minimum: 0 })
const Count = Type.Integer({ minimum: 0 })
const Outcome = Type.Enum(['passed', 'failed', 'errored'])
const seconds = (description: string) => nullable(Type.Number({ minimum: 0, description }))
const count = (description: string) => nullable(Type.Integer({ minimum: 0, description }))
const met = (description: string) => nullable(Type.Boolean({ description }))

const Fingerprint = Type.String({
  pattern: '^[0-9a-f]{16}$',
  description: 'First 16 hex digits of the SHA-256 of the public key in DER (SPKI)'
})

export const EvidenceCheck = object(
  {
    kind: Type.String({ minLength: 1 }),
    name: Type.String({ minLength: 1 }),
    outcome: Outcome,
    expected: Type.String(),
    actual: Type.String(),
    query: Type.Optional(Type.String()),
    details: Type.Optional(Type.Array(Type.String(), { maxItems: 50 })),
    counted: Type.Optional(object({ tables: Count, rows: Count }, 'As row-counts counted')),
    error: Type.Optional(
      object(
        { code: Type.String(), message: Type.String(), hint: Type.String() },
        'Why the check could not be made'
      )
    ),
    startedAt: Time,
    seconds: Seconds
  },
  'failed: the restored data is not as expected; errored: the check could not be made'
)

export const Measured = object(
  {
    restoreSeconds: seconds(
      'From the first byte read until the database was complete, without the checks; null: it never was'
    ),
    rtoObjectiveSeconds: seconds('null: the policy has none'),
    rtoMet: met('restoreSeconds is not above the objective; null: not measured, or no objective'),
    dataAgeSeconds: Type.Number({
      minimum: 0,
      description: "Age of the newest data in the backup: the drill's start minus snapshot.at"
    }),
    rpoSeconds: Type.Number({
      minimum: 0,
      description:
        'The most data that could have been lost while this backup was the newest one: from snapshot.at until the next good backup was finished, or until the drill began if that came first'
    }),
    rpoObjectiveSeconds: seconds('null: the policy has none'),
    rpoMet: met('rpoSeconds is not above the objective; null: no objective'),
    rows: count('Rows restored, as counted; null: they were not'),
    tables: count('Tables whose rows were counted; null: none were'),
    bytes: count('Size of the restored database on its server')
  },
  'What was measured, against the objectives of the policy'
)

/**
 * Evidence of one drill, version 1: what is stored, signed and shown. Unknown fields are allowed and kept, as in a manifest.
 * It holds no secrets: names, public keys and fingerprints only.
 */
export const Evidence = object(
  {
    formatVersion: Type.Literal(EVIDENCE_VERSION),
    kind: Type.Literal(EVIDENCE_KIND),
    drillId: Id,
    policy: nullable(object({ id: Type.String(), name: Type.String() }, 'null: none asked for it')),
    source: object({ name: Type.String() }, 'What was backed up'),
    backup: object(
      {
        id: Id,
        repositoryId: Type.String(),
        manifestSha256: nullable(
          Type.String({
            pattern: '^[0-9a-f]{64}$',
            description: 'Of the exact bytes of manifest.json; null: it could not be read'
          })
        ),
        startedAt: Time,
        finishedAt: Time,
        snapshot: object(
          { lsn: nullable(Type.String()), at: Time },
          'The moment that everything in the backup is of'
        ),
        storedBytes: Count,
        plainBytes: Count
      },
      'What was restored'
    ),
    keys: object(
      {
        manifestSigner: nullable(Fingerprint),
        recipients: Type.Array(Type.String(), {
          description: 'Public age keys that the backup is encrypted to'
        }),
        evidenceSigner: Fingerprint
      },
      'Public keys; manifestSigner is null where no known key signed the manifest'
    ),
    startedBy: Type.String({ description: 'Who or what asked for the drill' }),
    requestId: nullable(Type.String()),
    tool: object(
      {
        name: Type.String(),
        version: Type.String(),
        clients: Type.Array(Type.String(), { description: "PostgreSQL's client programs" }),
        node: Type.String()
      },
      'The programs that made the drill'
    ),
    worker: Type.String(),
    where: object(
      {
        kind: Type.Enum(['scratch', 'staging']),
        serverVersion: nullable(
          Type.String({ description: 'Of the server restored into; null: it was not reached' })
        )
      },
      'scratch: a cluster made for the drill and deleted; staging: a given server'
    ),
    outcome: Outcome,
    reason: nullable(
      object(
        {
          phase: Type.String(),
          code: Type.String(),
          message: Type.String(),
          hint: Type.String()
        },
        'Why it did not pass; null if and only if it passed'
      )
    ),
    timeline: Type.Array(
      object({ phase: Type.String(), startedAt: Time, seconds: Seconds }, 'One phase')
    ),
    measured: Measured,
    checks: Type.Array(EvidenceCheck),
    logTail: Type.Array(Type.String(), {
      maxItems: 50,
      description: 'The last lines of the log, without secrets'
    }),
    createdAt: Time
  },
  'passed: the backup restores; failed: it is bad or misses an objective; errored: the drill could not run and says nothing about the backup'
)

/** The published schema, kept as docs/reference/evidence.schema.json. */
export const evidenceSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  $id: `urn:resguardo:schema:drill-evidence:${EVIDENCE_VERSION}`,
  title: 'Evidence of a restore drill',
  ...Evidence
}

export type Evidence = Static<typeof Evidence>
export type EvidenceCheck = Static<typeof EvidenceCheck>
export type Measured = Static<typeof Measured>
export type DrillOutcome = Evidence['outcome']
