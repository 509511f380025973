import { createSigningKey } from '@resguardo/repository'
import t from 'tap'
import { evidenceHtml } from '../src/evidence/html.ts'
import { serialiseEvidence } from '../src/evidence/serialise.ts'
import { keyFingerprint, signEvidence } from '../src/evidence/sign.ts'
import { verifyEvidenceFile } from '../src/evidence/verify.ts'
import { example } from './evidence-support.ts'

const { privateKey, publicKey } = createSigningKey()
const page = evidenceHtml(example())
const verify = (text: string | Buffer, signed = text) => {
  const signature = signEvidence(Buffer.from(signed), privateKey)
  return verifyEvidenceFile({ bytes: Buffer.from(text), signature, publicKeys: [publicKey] })
}

t.test('evidence in both forms, and what it is', async t => {
  const valid = { valid: true, signer: keyFingerprint(publicKey), reason: null }
  t.same(verify(serialiseEvidence(example())), { ...valid, file: 'json' })
  t.same(verify(page), { ...valid, file: 'html' })
})

t.test('other files are no evidence, however well they are signed', async t => {
  const manifest = JSON.stringify({ formatVersion: 1, kind: 'logical', name: page })
  for (const text of [manifest, 'null', '3', '', '<!doctype html><p>Paid</p>', `x${page}`])
    t.match(
      verify(text),
      { valid: false, signer: null, file: null, reason: /not evidence/ },
      text.slice(0, 40)
    )
})

t.test('evidence that was changed', async t => {
  t.match(verify(page.replace('passed', 'Passed'), page), {
    valid: false,
    signer: null,
    file: null,
    reason: /None of the trusted keys/
  })
})
