import { createHash } from 'node:crypto'
import { html, type Markup } from './markup.ts'
import { facts } from './page.ts'
import type { Evidence } from './record.ts'
import { evidenceBytes } from './serialise.ts'

/** Commands that need nothing of Resguardo. `signature` is that of the JSON: this page cannot hold its own. */
export function howToVerify(evidence: Evidence, signature: string | undefined): Markup {
  const { drillId, keys } = evidence
  const sha256 = createHash('sha256').update(evidenceBytes(evidence)).digest('hex')
  return html`
<p>The same evidence is stored as <code>${drillId}.json</code> and as this page, <code>${drillId}.html</code>, each with a detached
Ed25519 signature. With the files and your own copy of the installation's public key, <code>public.pem</code>, this checks both, offline:</p>
<pre class="whole">${commands(drillId)}</pre>
<p>It must print <code>Signature Verified Successfully</code> for each file, then the fingerprint of the key and the SHA-256 of the
JSON as they stand here. Do not trust a key that came with the files.</p>
${facts([
  ['Evidence signed by', html`<code>${keys.evidenceSigner}</code>`],
  ['SHA-256 of the JSON', html`<code>${sha256}</code>`],
  ...(signature
    ? [['Signature of the JSON', html`<code>${signature.trim()}</code>`] as [string, Markup]]
    : [])
])}`
}

const commands = (drillId: string) => `for FILE in ${drillId}.json ${drillId}.html; do
  base64 -d "$FILE.sig" > signature.bin
  openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in "$FILE" -sigfile signature.bin
done
openssl pkey -pubin -in public.pem -outform DER | sha256sum | cut -c 1-16
sha256sum ${drillId}.json`
