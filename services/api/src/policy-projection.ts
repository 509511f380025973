import type { Catalog, Policy } from '@resguardo/catalog'
import {
  decideRetention,
  examplePrices,
  nextOccurrence,
  PriceTable,
  projectCost
} from '@resguardo/domain'
import { Value } from 'typebox/value'

/** Keys of the settings. */
export const PRICES = 'prices'

/** The price table that somebody has set, or the example. */
export async function readPrices({ settings }: Catalog): Promise<PriceTable> {
  const set = await settings.get(PRICES)
  return set && Value.Check(PriceTable, set) ? set : examplePrices
}

/** What the policy's backups in its own repository will cost. `bytes`: of a backup; left out: of the newest. */
export async function costOf(
  catalog: Catalog,
  { spec, repositoryId, id }: Policy,
  { months, now }: { months: number; now: Date }
) {
  const stored = (await catalog.backups.ofPolicy(id)).filter(
    row => row.repositoryId === repositoryId
  )
  const [newest] = stored
  const projection = projectCost({
    spec,
    prices: await readPrices(catalog),
    stored: stored.map(({ id, at, storedBytes }) => ({ id, at, bytes: storedBytes })),
    bytesPerBackup: newest?.storedBytes ?? 0,
    objectsPerBackup: newest ? await objectsOf(catalog, newest.id) : 0,
    nextOccurrence,
    decide: (backups, at) =>
      decideRetention(
        backups.map(({ id, at }) => ({ ...plain, id, at, repositoryId })),
        spec.retention,
        { timeZone: 'UTC', now: at } // an estimate, and quicker so
      ),
    from: now,
    months
  })
  return { bytesPerBackup: newest?.storedBytes ?? 0, ...projection }
}

const plain = {
  kind: 'logical',
  state: 'available',
  keepUntil: null,
  hold: null,
  lockedUntil: null,
  parent: null,
  inUse: false
} as const

async function objectsOf({ backups }: Catalog, id: string) {
  const { manifest } = await backups.get(id)
  // Its manifest and signature are objects too.
  return ((manifest as { objects?: unknown[] }).objects?.length ?? 0) + 2
}
