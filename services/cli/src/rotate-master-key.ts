import { openCatalog } from '@resguardo/catalog'
import { loadConfig } from '@resguardo/shared'
import { runCommand } from './command.ts'

const HELP = `npm run rotate-master-key

Seals every stored credential again under RESGUARDO_MASTER_KEY; RESGUARDO_MASTER_KEY_PREVIOUS opens those sealed before.
Restart the services with both keys first, run this, then drop the previous key.`

await runCommand(HELP, async () => {
  const config = loadConfig(process.env, ['CATALOG_URL', 'MASTER_KEY', 'MASTER_KEY_PREVIOUS'])
  const catalog = await openCatalog({
    url: config.CATALOG_URL,
    masterKey: config.MASTER_KEY,
    previousMasterKey: config.MASTER_KEY_PREVIOUS,
    onError: () => {}
  })
  try {
    process.stdout.write(`${await catalog.resealSecrets()} credentials sealed under the new key\n`)
  } finally {
    await catalog.close()
  }
})
