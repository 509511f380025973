import { apiKeys } from './api-keys.ts'
import { audit } from './audit.ts'
import { backups } from './backups.ts'
import type { Catalog, CatalogOptions } from './catalog.ts'
import { channels } from './channels.ts'
import { openDatabase, translated } from './database.ts'
import { drills } from './drills.ts'
import { holds } from './holds.ts'
import { idempotency } from './idempotency.ts'
import { incidents } from './incidents.ts'
import { keptDatabases } from './kept-databases.ts'
import { notifications } from './notifications.ts'
import { policies } from './policies.ts'
import { repositories } from './repositories.ts'
import { resealSecrets } from './reseal.ts'
import { restores } from './restores.ts'
import { runs } from './runs.ts'
import { createSealer } from './seal.ts'
import { secrets } from './secrets.ts'
import { settings } from './settings.ts'
import { sources } from './sources.ts'
import { workers } from './workers.ts'

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
    holds: translated(holds(db)),
    policies: translated(policies(db)),
    drills: translated(drills(db)),
    channels: translated(channels(db, sealer)),
    incidents: translated(incidents(db)),
    notifications: translated(notifications(db)),
    secrets: translated(secrets(db)),
    workers: translated(workers(db)),
    settings: translated(settings(db)),
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
