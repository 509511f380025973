import { parseArgs } from 'node:util'
import { migrate, openCatalog, type Role } from '@resguardo/catalog'
import { AppError, loadConfig } from '@resguardo/shared'
import { runCommand } from './command.ts'

const HELP = `npm run keys -- create --name NAME --role viewer|operator|admin [--expires-in-days N]

Creates an API key and prints it once; only its hash is stored. Reads RESGUARDO_CATALOG_URL (or _FILE).`

const roles: Role[] = ['viewer', 'operator', 'admin']

await runCommand(HELP, async args => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      role: { type: 'string' },
      'expires-in-days': { type: 'string' }
    }
  })
  const role = roles.find(known => known === values.role)
  const days =
    values['expires-in-days'] === undefined ? undefined : Number(values['expires-in-days'])
  if (positionals[0] !== 'create' || !values.name || !role || (days !== undefined && !(days > 0))) {
    throw new AppError('VALIDATION_FAILED', 'Unknown or missing arguments', { hint: HELP })
  }
  const config = loadConfig(process.env, ['CATALOG_URL'])
  await migrate(config.CATALOG_URL)
  const catalog = await openCatalog({ url: config.CATALOG_URL, onError: () => {} })
  try {
    const expiresAt =
      days === undefined ? {} : { expiresAt: new Date(Date.now() + days * 86_400_000) }
    const { apiKey, key } = await catalog.apiKeys.create({ name: values.name, role, ...expiresAt })
    await catalog.audit.append({
      actor: 'command line',
      action: 'api-key.create',
      resource: `api-key:${apiKey.id}`,
      detail: { name: apiKey.name, role }
    })
    process.stdout.write(`${key}\n`)
  } finally {
    await catalog.close()
  }
})
