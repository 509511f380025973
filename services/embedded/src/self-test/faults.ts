import type { Json } from '@resguardo/api-client'
import { cut, describeArchive, flip, lie, SIGNATURE, swap } from './plant.ts'

export interface Fault {
  name: string
  /** What the drill must say. */
  expect: { outcome: 'passed' | 'failed' | 'errored'; reason: RegExp }
  /** Options of the backup. */
  options?: Json
  /** The repository that nobody here has the key of. */
  lockedAway?: boolean
  /** Harms a backup's folder; `earlier` is the folder of an older backup. */
  plant?: (folder: string, earlier: string) => Promise<void>
  /** Take the place of the usual checks. */
  checks?: Json[]
}

export interface Surroundings {
  signingKey: string
  /** Where an application runs that fails. */
  brokenShop: string
}

/** A program of the worker's that takes an index entry away from a restored row; see `faultsOf`. */
export const DAMAGE = 'damage-index'

export const SAMPLE = `
  CREATE TABLE account (id int PRIMARY KEY, name text, at timestamptz);
  INSERT INTO account SELECT i, md5(i::text), now() - interval '7 days' FROM generate_series(1, 5000) i;
  CREATE INDEX account_name ON account (name)`

export const DAMAGE_SQL = `
  UPDATE pg_index SET indisready = false WHERE indexrelid = 'account_name'::regclass;
  INSERT INTO account VALUES (0, 'in no index', now());
  UPDATE pg_index SET indisready = true WHERE indexrelid = 'account_name'::regclass`

const sql = (query: string, expect: Json) => [{ kind: 'sql', name: 'question', query, expect }]

/** Everything that a drill must see, the healthy backup first. */
export const faultsOf = ({ signingKey, brokenShop }: Surroundings): Fault[] => [
  { name: 'nothing', expect: { outcome: 'passed', reason: /passed/ } },
  {
    name: 'one bit of the archive flipped',
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: folder => flip(folder)
  },
  {
    name: "the archive of an older backup in this one's place",
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: swap
  },
  {
    name: 'the archive cut short',
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: folder => cut(folder)
  },
  {
    name: 'the archive cut short, and a manifest that calls it whole',
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: async folder => {
      await cut(folder)
      await describeArchive(folder, signingKey)
    }
  },
  {
    name: 'the data of a table missing',
    expect: { outcome: 'failed', reason: /row-counts: .*found 1 table, 0 rows/ },
    options: { bulkThresholdBytes: 1 },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.objects = manifest.objects.filter(({ role }: Json) => role !== 'data')
      })
  },
  {
    name: 'a manifest that lies about a count',
    expect: { outcome: 'failed', reason: /row-counts/ },
    plant: folder => lie(folder, signingKey, manifest => manifest.tables[0].rows++)
  },
  {
    name: 'a manifest that lies about contents',
    expect: { outcome: 'failed', reason: /content-hash/ },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.tables[0].contentHash = '1'
      })
  },
  {
    name: 'a manifest that nobody signed',
    expect: { outcome: 'failed', reason: /MANIFEST_SIGNATURE_INVALID/ },
    plant: folder => flip(folder, SIGNATURE)
  },
  {
    name: 'newest row a week old',
    expect: { outcome: 'failed', reason: /freshness/ },
    checks: [{ kind: 'freshness', table: 'public.account', column: 'at', notOlderThan: '26h' }]
  },
  {
    name: 'rows that the owner misses',
    expect: { outcome: 'failed', reason: /question/ },
    checks: sql('SELECT count(*) FROM account', { atLeast: 6_000 })
  },
  {
    name: 'an index damaged in the restored cluster',
    expect: { outcome: 'failed', reason: /amcheck/ },
    checks: [
      { kind: 'command', name: 'damage', program: DAMAGE },
      { kind: 'amcheck', heapAllIndexed: true }
    ]
  },
  {
    name: 'an application that answers 500',
    expect: { outcome: 'failed', reason: /shop: .*500/ },
    checks: [
      { kind: 'http', name: 'shop', url: brokenShop, steps: [{ name: 'open', path: '/sales' }] }
    ]
  },
  {
    name: 'a query with a syntax error',
    expect: { outcome: 'errored', reason: /syntax error/ },
    checks: sql('SELEC 1', { equals: 1 })
  },
  {
    name: 'a backup of a major that is not here',
    expect: { outcome: 'errored', reason: /PG_SERVER_MISSING/ },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.source.serverVersionNum = 990_000
      })
  },
  {
    name: 'no space for the database',
    expect: { outcome: 'errored', reason: /DRILL_NO_SPACE/ },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.databaseBytes = 2 ** 52
      })
  },
  {
    name: "a backup for another worker's key",
    expect: { outcome: 'errored', reason: /IDENTITY/ },
    lockedAway: true
  }
]
