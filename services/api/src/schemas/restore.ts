import type { Restore as CatalogRestore, Run as CatalogRun } from '@resguardo/catalog'
import { Type } from 'typebox'
import { BackupId, closed, DateTime, FreeObject, Id, named, nullable, ref } from './fields.ts'
import { json } from './json.ts'
import { presentRun, Run } from './run.ts'
import { DATABASE_PATTERN } from './source.ts'

const names = (description: string) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 200 }), { maxItems: 500, description })
  )

export const NewRestore = closed({
  backupId: BackupId,
  target: closed({
    database: Type.String({
      pattern: DATABASE_PATTERN,
      description: 'A database that does not exist yet; with mode `swap` also one that does',
      examples: ['shop_restored']
    }),
    sourceId: Type.Optional(
      Type.String({ format: 'uuid', description: "Whose server; default: the backup's source" })
    )
  }),
  allowDamaged: Type.Boolean({
    default: false,
    description: 'Also of a backup that a verify run found damaged'
  }),
  dryRun: Type.Boolean({ default: false, description: 'Only make the plan' }),
  options: closed(
    {
      mode: Type.Enum(['new', 'swap'], {
        default: 'new',
        description:
          '`new` refuses a name that exists. `swap` restores beside it, and when all is verified gives the old database a dated name and the new one its name, in one transaction'
      }),
      keepDays: Type.Integer({
        minimum: 0,
        maximum: 3650,
        default: 7,
        description: 'How long a swapped database is kept, for an undo'
      }),
      safetyBackup: Type.Boolean({
        default: false,
        description: 'Back up the database that a swap replaces first'
      }),
      missingRoles: Type.Enum(['create', 'skip', 'fail'], {
        default: 'create',
        description: 'What to do about roles that the target server lacks'
      }),
      jobs: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 64,
          description:
            "Streams and indexes at once; left out: half of the worker's cores, at least 2"
        })
      ),
      maintenanceWorkMemMb: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 65_536, description: 'Memory for each index build' })
      ),
      noTablespaces: Type.Boolean({
        default: false,
        description: 'Everything goes into the default tablespace, as with pg_restore'
      }),
      verify: Type.Enum(['counts', 'content'], {
        default: 'content',
        description: 'Compare contents too where the backup has content hashes'
      }),
      schemas: names('Only these schemas'),
      tables: names('Only these tables, as schema.table, with what belongs to them')
    },
    { default: {} }
  )
})

const fields = {
  id: Id,
  backupId: BackupId,
  runId: Id,
  targetSourceId: Id,
  targetDatabase: Type.String(),
  dryRun: Type.Boolean(),
  options: FreeObject,
  plan: nullable(FreeObject),
  result: nullable(FreeObject),
  createdAt: DateTime
}

export const Restore = named(
  'Restore',
  Type.Object(fields, { description: 'A run that brings a backup back into a new database' })
)

export const RestoreWithRun = named(
  'RestoreWithRun',
  Type.Object({ ...fields, run: ref(Run) }, { description: 'A restore and how far its run is' })
)

export const presentRestore = (restore: CatalogRestore) => json(restore)

export const presentRestoreWithRun = (restore: CatalogRestore, run: CatalogRun) => ({
  ...json(restore),
  run: presentRun(run)
})
