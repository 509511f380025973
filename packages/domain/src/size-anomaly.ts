import type { Objectives } from './policy.ts'

export interface SizeAnomaly {
  level: 'warning' | 'critical'
  message: string
  hint: string
}

type SizeObjectives = Pick<
  Objectives,
  'minBytes' | 'maxBytes' | 'sizeChangePercent' | 'sizeSamples'
>

/** With fewer earlier backups a median says nothing. */
const FEWEST_SAMPLES = 3

const TOO_SMALL = 'Compare the row counts with the backup before: data may be gone, or left out.'
const TOO_LARGE =
  'See what grew; if it is to stay so, raise objectives.maxBytes or sizeChangePercent.'

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

/**
 * Whether the stored bytes of the newest backup are out of the ordinary. `earlier` are those of the backups before it, newest
 * first. The absolute limits go before the median. Too large costs money, too small may be lost data: below `minBytes` or
 * below half of the smallest ordinary size it is critical. From a change of 100 % on, no size is too small for the median.
 */
export function sizeFinding(
  newest: number,
  earlier: number[],
  { minBytes, maxBytes, sizeChangePercent, sizeSamples }: SizeObjectives
): SizeAnomaly | undefined {
  const size = `The newest backup has ${newest} bytes`
  if (minBytes !== undefined && newest < minBytes)
    return {
      level: 'critical',
      message: `${size}, less than the ${minBytes} it must have: it may lack data`,
      hint: TOO_SMALL
    }
  if (maxBytes !== undefined && newest > maxBytes)
    return {
      level: 'warning',
      message: `${size}, more than the ${maxBytes} it may have`,
      hint: TOO_LARGE
    }

  const samples = earlier.slice(0, sizeSamples)
  if (sizeChangePercent === 0 || samples.length < FEWEST_SAMPLES) return undefined
  const usual = median(samples)
  const smallest = usual * (1 - sizeChangePercent / 100)
  const largest = usual * (1 + sizeChangePercent / 100)
  const comparison = `the median of the ${samples.length} before is ${usual}, and ${sizeChangePercent} % more or less is ordinary`
  if (newest < smallest)
    return {
      level: newest < smallest / 2 ? 'critical' : 'warning',
      message: `${size}, too few: ${comparison}; it may lack data`,
      hint: TOO_SMALL
    }
  if (newest > largest)
    return { level: 'warning', message: `${size}, too many: ${comparison}`, hint: TOO_LARGE }
  return undefined
}
