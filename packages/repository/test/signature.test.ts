import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import t from 'tap'
import { createSigningKey, publicKeyOf, signBytes, verifyBytes } from '../src/index.ts'

const bytes = Buffer.from('{"formatVersion": 1}\n')
const { privateKey, publicKey } = createSigningKey()
const signature = signBytes(bytes, privateKey)

t.test('what was signed is believed, with any of several keys', async t => {
  t.ok(verifyBytes(bytes, signature, [publicKey]))
  t.ok(verifyBytes(bytes, signature, [createSigningKey().publicKey, publicKey]))
  t.equal(publicKeyOf(privateKey), publicKey)
})

t.test('one changed bit is refused, wherever it is', async t => {
  for (let at = 0; at < bytes.length; at++) {
    const changed = Buffer.from(bytes)
    changed[at]! ^= 1
    if (verifyBytes(changed, signature, [publicKey])) t.fail(`byte ${at} of the text`)
  }
  for (let at = 0; at < signature.length; at++) {
    const changed = Buffer.from(signature)
    changed[at]! ^= 1
    if (verifyBytes(bytes, changed, [publicKey])) t.fail(`byte ${at} of the signature`)
  }
  t.notOk(verifyBytes(Buffer.concat([bytes, Buffer.from(' ')]), signature, [publicKey]), 'a space')
  t.notOk(verifyBytes(bytes.subarray(0, -1), signature, [publicKey]), 'the newline')
})

t.test('another key, no key, no signature: refused', async t => {
  t.notOk(verifyBytes(bytes, signature, [createSigningKey().publicKey]))
  t.notOk(verifyBytes(bytes, signature, []))
  for (const length of [0, 1, 63]) {
    t.notOk(verifyBytes(bytes, signature.subarray(0, length), [publicKey]), `${length} bytes of it`)
  }
  t.notOk(verifyBytes(bytes, Buffer.concat([signature, signature]), [publicKey]), 'twice')
  t.notOk(verifyBytes(bytes, Buffer.alloc(64), [publicKey]), 'zeroes')
})

t.test('the signature is the raw one that openssl checks', async t => {
  t.equal(signature.length, 64)
  const dir = t.testdir({ manifest: bytes, sig: signature, key: publicKey })
  const said = execFileSync(
    'openssl',
    `pkeyutl -verify -pubin -inkey ${join(dir, 'key')} -rawin -in ${join(dir, 'manifest')} -sigfile ${join(dir, 'sig')}`.split(
      ' '
    ),
    { encoding: 'utf8' }
  )
  t.match(said, /Signature Verified Successfully/)
})

t.test('a signing key that is none is a mistake in the configuration, and not shown', async t => {
  const rsa = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' }
  })
  for (const key of ['', 'hunter2', publicKey, rsa.privateKey, privateKey.slice(0, 60)]) {
    const refused = { code: 'CONFIG_INVALID', message: /^(?!.*(hunter2|MII|MC))/ }
    t.throws(() => signBytes(bytes, key), refused)
    t.throws(() => publicKeyOf(key), refused)
  }
})
