import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { keyFingerprint, verifyEvidenceFile } from '@resguardo/drills/verify'
import { AppError } from '@resguardo/shared'
import { runCommand } from './command.ts'

const HELP = `npm run evidence -- verify FILE --key PUBLIC_KEY.pem [--key …] [--signature FILE.sig]

Checks offline that a file is evidence of a drill (JSON or HTML) and that one of the given public keys signed exactly this. The keys are those
that you trust, kept apart from the evidence: a repository's "signers" (GET /v1/repositories). Exits 0 where both hold,
1 where they do not.

  --key        PEM of an Ed25519 public key; may be given several times
  --signature  default: FILE.sig`

await runCommand(HELP, async args => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { key: { type: 'string', multiple: true }, signature: { type: 'string' } }
  })
  const [verb, file] = positionals
  if (verb !== 'verify' || !file || !values.key)
    throw new AppError('VALIDATION_FAILED', 'Unknown or missing arguments', { hint: HELP })
  const read = (path: string) => readFile(resolve(process.env.INIT_CWD ?? '.', path))
  const publicKeys = await Promise.all(values.key.map(async path => (await read(path)).toString()))
  const result = verifyEvidenceFile({
    bytes: await read(file),
    signature: (await read(values.signature ?? `${file}.sig`)).toString(),
    publicKeys
  })
  if (!result.valid)
    throw new AppError('MANIFEST_SIGNATURE_INVALID', `${file}: ${result.reason}`, {
      hint: `Given keys: ${publicKeys.map(keyFingerprint).join(', ')}. The file was changed, or another key signed it.`
    })
  process.stdout.write(`Valid: signed by ${result.signer}\n`)
})
