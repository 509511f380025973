import { createHash, createHmac } from 'node:crypto'
import t from 'tap'
import { scramVerifier } from '../src/scram-verifier.ts'

t.test('the exchange of RFC 7677 is proven and answered with what is stored', async t => {
  const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')
  const [scheme, parameters, keys] = scramVerifier('pencil', salt).split('$')
  t.same([scheme, parameters], ['SCRAM-SHA-256', '4096:W22ZaJ0SNY7soEsUEjb6gQ=='])
  const [storedKey, serverKey] = keys!.split(':').map(key => Buffer.from(key, 'base64'))
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const exchange = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`
  const sign = (key: Buffer) => createHmac('sha256', key).update(exchange).digest()
  t.equal(sign(serverKey!).toString('base64'), '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64')
  const clientKey = proof.map((byte, i) => byte ^ sign(storedKey!)[i]!)
  t.same(createHash('sha256').update(clientKey).digest(), storedKey)
})

t.test('each has a salt of its own', async t => {
  t.not(scramVerifier('pencil'), scramVerifier('pencil'))
})
