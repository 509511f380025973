import { createHash } from 'node:crypto'
import { mkdir, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Source } from '@resguardo/catalog'
import type { PgTarget } from '@resguardo/pg-tools'
import type { Dependencies } from './dependencies.ts'

/** A source with its password, ready to connect to. */
export async function sourceTarget(
  { catalog, config }: Dependencies,
  source: Source
): Promise<PgTarget> {
  const password = await catalog.sources.readSecret(source.id)
  const { sslRootCert, ...connection } = source.connection
  const target: PgTarget = { ...connection, password }
  if (!sslRootCert) return target
  return {
    ...target,
    sslRootCert,
    sslRootCertFile: await certificateFile(config.SPOOL_DIR || tmpdir(), sslRootCert)
  }
}

/** libpq takes the CA as a file only: kept under its hash, so that it is written once. */
async function certificateFile(spool: string, pem: string) {
  const dir = join(spool, 'resguardo-ca')
  const file = join(dir, `${createHash('sha256').update(pem).digest('hex').slice(0, 32)}.pem`)
  await mkdir(dir, { recursive: true, mode: 0o700 })
  const unfinished = `${file}.${process.pid}`
  await writeFile(unfinished, pem, { mode: 0o600 })
  await rename(unfinished, file)
  return file
}
