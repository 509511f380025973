import { apiKeys } from './api-keys.ts'
import { audit } from './audit.ts'
import { backups } from './backups.ts'
import type { Catalog, CatalogOptions } from './catalog.ts'
import { openDatabase, translated } from './database.ts'
import { idempotency } from './idempotency.ts'
import { keptDatabases } from './kept-databases.ts'
import { repositories } from './repositories.ts'
import { resealSecrets } from './reseal.ts'
import { restores } from './restores.ts'
import { runs } from './runs.ts'
import { createSealer } from './seal.ts'
import { sources } from './sources.ts'

/** Opens the catalog; it must be migrated. Connects on first use. */
export async function openCatalog({
  url,
  masterKey,
  previousMasterKey,
  connections = 10,
  env = {},
  onError
}: CatalogOptions): Promise<Catalog> {
  const { db, pool } = openDatabase({ url, connections, onError })
  const sealer = createSealer({
    ...(masterKey ? { current: masterKey } : {}),
    ...(previousMasterKey ? { previous: previousMasterKey } : {}),
    env
  })
  return {
    sources: translated(sources(db, sealer)),
    repositories: translated(repositories(db, sealer)),
    backups: translated(backups(db)),
    restores: translated(restores(db)),
    keptDatabases: translated(keptDatabases(db)),
    runs: translated(runs(db)),
    apiKeys: translated(apiKeys(db)),
    audit: translated(audit(db)),
    idempotency: translated(idempotency(db)),
    ...translated({
      resealSecrets: () => resealSecrets(db, sealer),
      async ping(timeoutMs: number) {
        let timer: NodeJS.Timeout | undefined
        const late = new Promise<never>((_, reject) => {
          timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
        })
        await Promise.race([pool.query('SELECT 1'), late]).finally(() => clearTimeout(timer))
      }
    }),
    close: () => db.destroy()
  }
}
