import type { Usage } from './process-usage.ts'
import type { Way } from './ways.ts'

export interface Measured {
  name: string
  limit: boolean
  usages: Usage[]
  /** Of each round, to the limit of the same round. */
  ratios: number[]
}

const phasesOf = ({ phases = {} }: Usage) =>
  Object.entries(phases)
    .map(([name, seconds]) => `${name} ${seconds.toFixed(1)}`)
    .join(', ')

/** Measures all ways in turn, round after round, so that a noisy minute hits all of them. */
export async function measureRounds(
  ways: Way[],
  rounds: number,
  onDone: (text: string) => void
): Promise<Measured[]> {
  const measured: Measured[] = ways.map(({ name, limit = false }) => ({
    name,
    limit,
    usages: [],
    ratios: []
  }))
  for (let round = 1; round <= rounds; round++) {
    for (const [i, way] of ways.entries()) {
      const usage = await way.measure()
      measured[i]!.usages.push(usage)
      onDone(`round ${round}: ${way.name}: ${usage.seconds.toFixed(1)} s ${phasesOf(usage)}`)
    }
    const base = measured.find(({ limit }) => limit)!.usages.at(-1)!.seconds
    for (const way of measured) way.ratios.push(way.usages.at(-1)!.seconds / base)
  }
  return measured
}
