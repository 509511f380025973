import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createMasterKey } from '@resguardo/catalog'
import { createSigningKey } from '@resguardo/repository'

const run = promisify(execFile)

export interface EmbeddedKeys {
  masterKeyFile: string
  signingKeyFile: string
  identityFile: string
  /** Public key that backups are encrypted to. */
  recipient: string
  postgresPassword: string
}

/** The keys of an embedded stack, made on first use; files are readable by their owner only. */
export async function loadKeys(dir: string): Promise<EmbeddedKeys> {
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const file = (name: string) => join(dir, name)
  const identityFile = file('age-identity.txt')
  await once(file('master.key'), createMasterKey)
  await once(file('signing.pem'), () => createSigningKey().privateKey)
  await once(file('postgres.password'), () => randomBytes(18).toString('base64url'))
  if (!(await exists(identityFile))) await run('age-keygen', ['-o', identityFile])
  const { stdout } = await run('age-keygen', ['-y', identityFile])
  return {
    masterKeyFile: file('master.key'),
    signingKeyFile: file('signing.pem'),
    identityFile,
    recipient: stdout.trim(),
    postgresPassword: await readFile(file('postgres.password'), 'utf8')
  }
}

async function once(path: string, make: () => string) {
  if (!(await exists(path))) await writeFile(path, make(), { mode: 0o600 })
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false
  )
