import { execFileSync } from 'node:child_process'
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto'
import { createSigningKey } from '@resguardo/repository'
import t from 'tap'
import { evidenceHtml } from '../src/evidence/html.ts'
import { serialiseEvidence } from '../src/evidence/serialise.ts'
import { keyFingerprint, signEvidence, verifyEvidence } from '../src/evidence/sign.ts'
import { example } from './evidence-support.ts'

const { privateKey, publicKey } = createSigningKey()
const other = createSigningKey()
const evidence = example({
  keys: { ...example().keys, evidenceSigner: keyFingerprint(publicKey) }
})
const json = serialiseEvidence(evidence)
const page = Buffer.from(evidenceHtml(evidence, { signature: signEvidence(json, privateKey) }))
const refusal = { valid: false, signer: null }

for (const [name, bytes] of Object.entries({ json, page })) {
  const signature = signEvidence(bytes, privateKey)
  const publicKeys = [other.publicKey, publicKey]
  const signer = keyFingerprint(publicKey)

  t.test(`${name}: what was signed is believed, and who signed it is told`, async t => {
    t.same(verifyEvidence({ bytes, signature, publicKeys }), { valid: true, signer })
    t.same(
      verifyEvidence({ bytes, signature: signature.replace('\n', '\r\n'), publicKeys }),
      { valid: true, signer },
      'a copy whose line ends otherwise'
    )
    t.match(signature, /^[A-Za-z0-9+/]{86}==\n$/)
  })

  t.test(`${name}: one changed byte is refused, wherever it is`, async t => {
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes)
      changed[at]! ^= 1
      if (verifyEvidence({ bytes: changed, signature, publicKeys }).valid) t.fail(`byte ${at}`)
    }
  })

  t.test(`${name}: truncated or longer files, other keys and no keys are refused`, async t => {
    for (const part of [bytes.subarray(0, -1), bytes.subarray(1), Buffer.alloc(0)])
      t.same(verifyEvidence({ bytes: part, signature, publicKeys }), refusal)
    const longer = Buffer.concat([bytes, Buffer.from('\n')])
    t.same(verifyEvidence({ bytes: longer, signature, publicKeys }), refusal)
    t.same(verifyEvidence({ bytes, signature, publicKeys: [other.publicKey] }), refusal)
    t.same(verifyEvidence({ bytes, signature, publicKeys: [] }), refusal)
  })
}

t.test('a signature that is changed in any way is refused', async t => {
  const signature = signEvidence(json, privateKey)
  const publicKeys = [publicKey]
  const sloppy = [
    '',
    '\n',
    signature.slice(0, 40),
    signature.trim().slice(0, -2),
    signature + signature,
    ` ${signature}`,
    `${signature.slice(0, 20)}\n${signature.slice(20)}`,
    `${signature.slice(0, 20)}!${signature.slice(20)}`,
    Buffer.from(signature, 'base64').toString('base64url'),
    Buffer.alloc(64).toString('base64'),
    signEvidence(page, privateKey),
    signEvidence(json, other.privateKey)
  ]
  for (const changed of sloppy)
    t.same(verifyEvidence({ bytes: json, signature: changed, publicKeys }), refusal, changed)
  for (let at = 0; at < 88; at++) {
    const letter = signature[at] === 'A' ? 'B' : 'A'
    const changed = signature.slice(0, at) + letter + signature.slice(at + 1)
    if (verifyEvidence({ bytes: json, signature: changed, publicKeys }).valid)
      t.fail(`letter ${at}`)
  }
})

t.test('a key that is none is told, not taken for a bad signature', async t => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
  const signature = signEvidence(json, privateKey)
  for (const key of ['', 'hunter2', privateKey, pem, publicKey.slice(0, 60)]) {
    t.throws(() => verifyEvidence({ bytes: json, signature, publicKeys: [publicKey, key] }), {
      code: 'VALIDATION_FAILED',
      message: /^(?!.*(hunter2|MII|MC)).*Ed25519/
    })
  }
  t.throws(() => signEvidence(json, publicKey), { code: 'CONFIG_INVALID' })
})

t.test('the fingerprint is of the key, however its PEM is written', async t => {
  const der = createPublicKey(publicKey).export({ type: 'spki', format: 'der' })
  t.equal(keyFingerprint(publicKey), createHash('sha256').update(der).digest('hex').slice(0, 16))
  t.equal(keyFingerprint(publicKey.replaceAll('\n', '\r\n')), keyFingerprint(publicKey))
  t.not(keyFingerprint(other.publicKey), keyFingerprint(publicKey))
})

t.test('the commands on the page verify it offline, and refuse what was changed', async t => {
  const id = evidence.drillId
  const [, written] = /<pre class="whole">([^<]+)<\/pre>/.exec(page.toString())!
  const commands = written!.replaceAll('&quot;', '"').replaceAll('&gt;', '>')
  const files = {
    'public.pem': publicKey,
    [`${id}.json`]: json,
    [`${id}.html`]: page,
    [`${id}.json.sig`]: signEvidence(json, privateKey),
    [`${id}.html.sig`]: signEvidence(page, privateKey)
  }
  const run = (cwd: string) =>
    execFileSync('bash', ['-eu', '-c', commands], { cwd, encoding: 'utf8', stdio: 'pipe' })

  const said = run(t.testdir(files)).split('\n')
  t.same(said.slice(0, 3), [
    'Signature Verified Successfully',
    'Signature Verified Successfully',
    evidence.keys.evidenceSigner
  ])
  const sha256 = said[3]!.split(' ')[0]!
  t.ok(page.toString().includes(`<code>${sha256}</code>`), 'the SHA-256 stands on the page')

  for (const name of [`${id}.json`, `${id}.html`]) {
    const changed = Buffer.from(files[name]!)
    changed[100]! ^= 1
    t.throws(() => run(t.testdir({ ...files, [name]: changed })), name)
  }
})
