import { migrate } from '@resguardo/catalog'
import { loadConfig } from '@resguardo/shared'
import { runCommand } from './command.ts'

await runCommand(
  'npm run migrate\n\nBrings the catalog to the newest schema. The services do it at start too. Reads RESGUARDO_CATALOG_URL (or _FILE).',
  async () => {
    const applied = await migrate(loadConfig(process.env, ['CATALOG_URL']).CATALOG_URL)
    process.stdout.write(
      applied.length > 0 ? `${applied.join('\n')}\n` : 'The catalog is up to date.\n'
    )
  }
)
