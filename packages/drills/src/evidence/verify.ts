import { MAKER } from './page.ts'
import { EVIDENCE_KIND } from './record.ts'
import { type EvidenceFile, verifyEvidence } from './sign.ts'

export { keyFingerprint } from './sign.ts'

export type Verdict =
  | { valid: true; signer: string; file: 'json' | 'html'; reason: null }
  | { valid: false; signer: null; file: null; reason: string }

const refusal = (reason: string): Verdict => ({ valid: false, signer: null, file: null, reason })

/** Whether a file is evidence of a drill that a trusted key signed: the same key signs manifests, too. @throws as verifyEvidence */
export function verifyEvidenceFile(given: EvidenceFile): Verdict {
  const { valid, signer } = verifyEvidence(given)
  if (!valid) return refusal('None of the trusted keys signed exactly these bytes')
  const file = formOf(given.bytes)
  if (!file) return refusal('A trusted key signed it, but it is not evidence of a drill')
  return { valid, signer, file, reason: null }
}

function formOf(bytes: Uint8Array): 'json' | 'html' | undefined {
  const text = new TextDecoder().decode(bytes)
  if (text.startsWith('<!doctype html>') && text.includes(MAKER)) return 'html'
  try {
    return JSON.parse(text)?.kind === EVIDENCE_KIND ? 'json' : undefined
  } catch {
    return undefined
  }
}
