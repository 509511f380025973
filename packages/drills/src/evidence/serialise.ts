import { AppError } from '@resguardo/shared'
import { Value } from 'typebox/value'
import { EVIDENCE_KIND, EVIDENCE_VERSION, Evidence } from './record.ts'

/** Keys in the order of the alphabet, wherever they came from, so that the same evidence is always the same bytes. */
const inOrder = (_key: string, value: unknown) =>
  value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value

/** The bytes of any record, fit or not. */
export const evidenceBytes = (evidence: Evidence) =>
  Buffer.from(`${JSON.stringify(evidence, inOrder, 2)}\n`)

/** The bytes that are stored and signed. @throws INTERNAL rather than write what `parseEvidence` refuses */
export function serialiseEvidence(evidence: Evidence): Buffer {
  const bytes = evidenceBytes(evidence)
  try {
    parseEvidence(bytes)
  } catch (error) {
    throw new AppError('INTERNAL', (error as Error).message, { cause: error })
  }
  return bytes
}

/** Says nothing about the signature. @throws VALIDATION_FAILED, REPOSITORY_FORMAT_NEWER */
export function parseEvidence(bytes: Uint8Array): Evidence {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw refusal('is not whole JSON in UTF-8', error)
  }
  const { kind, formatVersion } = (value ?? {}) as { kind?: unknown; formatVersion?: unknown }
  if (kind !== EVIDENCE_KIND)
    throw refusal(`is not of a drill: its kind is not ${JSON.stringify(EVIDENCE_KIND)}`)
  if (typeof formatVersion === 'number' && formatVersion > EVIDENCE_VERSION)
    throw new AppError(
      'REPOSITORY_FORMAT_NEWER',
      `The evidence has format ${formatVersion}; this program reads up to ${EVIDENCE_VERSION}`
    )
  if (!Value.Check(Evidence, value)) {
    const [problem] = Value.Errors(Evidence, value)
    throw refusal(`${problem?.instancePath || '/'} ${problem?.message ?? 'is not valid'}`)
  }
  const contradiction = contradictionIn(value)
  if (contradiction) throw refusal(`contradicts itself: ${contradiction}`)
  return value
}

function contradictionIn({ outcome, reason, checks }: Evidence): string | undefined {
  if (outcome !== 'passed') return reason ? undefined : `it ${outcome} for no reason`
  if (reason) return `it passed, but ${reason.code} is the reason why not`
  const bad = checks.find(check => check.outcome !== 'passed')
  return bad && `it passed, but its check ${bad.name} ${bad.outcome}`
}

const refusal = (what: string, cause?: unknown) =>
  new AppError('VALIDATION_FAILED', `The evidence ${what}`, {
    cause,
    hint: 'Give the file exactly as it was stored in the repository.'
  })
