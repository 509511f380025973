import { minimumDays } from '../lifecycle/classes.ts'
import { storagePath } from '../lifecycle/tiers.ts'
import type { Tier } from '../policy.ts'
import type { PriceTable } from './prices.ts'
import { type Life, type Simulation, simulate } from './simulate.ts'

export interface CostPlan extends Simulation {
  prices: PriceTable
  objectsPerBackup: number
  /** Calendar months in UTC; the first is what is left of that of `from`. */
  months: number
}

export interface CostMonth {
  /** `2026-12` */
  month: string
  /** What is stored just before the end of the month. */
  backups: number
  bytesByClass: Record<string, number>
  cost: number
}

export interface CostProjection {
  currency: string
  months: CostMonth[]
  total: number
  /** Classes that the price table lacks: they cost nothing here. */
  unpriced: string[]
}

/** A backup's time in one class. It is charged beyond its end where the class has a minimum. */
interface Stay {
  class: string
  bytes: number
  from: number
  until: number
  chargedUntil: number
}

const DAY = 86_400_000
const GB = 2 ** 30

/**
 * What a policy's backups will cost if all goes as planned: every scheduled backup is made and good, retention runs daily, no
 * hold or lock delays it. Storage is charged by the hour with the minimum of each class, requests for every object that is put
 * or moved. Not counted: parts of large uploads, reads, traffic, deleted versions, and what archives add to each object.
 */
export function projectCost(plan: CostPlan): CostProjection {
  const { spec, prices, from, months } = plan
  const starts = Array.from({ length: months + 1 }, (_, index) =>
    index === 0 ? from.getTime() : monthStart(from, index)
  )
  const lives = simulate(plan, starts[months]!)
  const path = storagePath(spec)
  const stays = lives.flatMap(life => staysOf(life, path))
  const rows = starts.slice(0, months).map((start, index): CostMonth => {
    const end = starts[index + 1]!
    const length = end - monthStart(from, index)
    const there = stays.filter(stay => stay.from < end && stay.until >= end)
    return {
      month: new Date(start).toISOString().slice(0, 7),
      backups: there.length,
      bytesByClass: sumBy(there, stay => stay.bytes),
      cost:
        priced(
          sumBy(stays, stay => (stay.bytes / GB) * (chargedWithin(stay, start, end) / length)),
          prices.perGbMonth
        ) +
        priced(
          sumBy(stays, ({ from: at }) =>
            at >= start && at < end ? plan.objectsPerBackup / 1_000 : 0
          ),
          prices.perThousandPuts
        )
    }
  })
  const used = new Set(stays.map(stay => stay.class))
  return {
    currency: prices.currency,
    months: rows,
    total: rows.reduce((sum, { cost }) => sum + cost, 0),
    unpriced: [...used].filter(name => prices.perGbMonth[name] === undefined)
  }
}

const monthStart = (from: Date, offset: number) =>
  Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + offset)

function staysOf({ at, bytes, until }: Life, path: Tier[]): Stay[] {
  const made = at.getTime()
  return path
    .map((tier, index) => {
      const from = made + tier.afterDays * DAY
      const leaves = made + (path[index + 1]?.afterDays ?? Number.POSITIVE_INFINITY) * DAY
      const ends = Math.min(leaves, until)
      const chargedUntil = Math.max(ends, from + minimumDays(tier.class) * DAY)
      return { class: tier.class, bytes, from, until: ends, chargedUntil }
    })
    .filter(stay => stay.from < stay.until)
}

const chargedWithin = (stay: Stay, start: number, end: number) =>
  Math.max(0, Math.min(stay.chargedUntil, end) - Math.max(stay.from, start))

function sumBy(stays: Stay[], amount: (stay: Stay) => number): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const stay of stays) sums[stay.class] = (sums[stay.class] ?? 0) + amount(stay)
  return sums
}

const priced = (amounts: Record<string, number>, prices: Record<string, number>) =>
  Object.entries(amounts).reduce((sum, [name, amount]) => sum + amount * (prices[name] ?? 0), 0)
