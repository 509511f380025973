import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { apiClient } from '@resguardo/api-client'
import { applyFile, FileRefused } from './apply-file.ts'
import { runCommand } from './command.ts'
import { connectionFrom } from './connection.ts'
import { exportConfig } from './installation/export-config.ts'
import { readInstallation } from './installation/read-installation.ts'

const HELP = `npm run apply -- -f resguardo.yaml [--dry-run] [--prune] [--secrets] [--api URL]
npm run --silent apply -- --export [--api URL] > resguardo.yaml

Makes the installation as the file says: shows what differs, then does it. Applying twice changes nothing.

  -f, --file FILE  the file; its format is docs/reference/resguardo.schema.json
  --dry-run        shows what differs and changes nothing
  --prune          deletes policies and channels that their list in the file does not have; never sources or repositories
  --secrets        sends the references to secrets (…Env, …File) again; whether they changed cannot be seen
  --export         prints the installation as such a file, without secrets
  --api URL        where the API is; default RESGUARDO_API_URL, else http://127.0.0.1:3000

Reads RESGUARDO_API_KEY (or _FILE): an admin's; a viewer's is enough for --dry-run and --export.
Exit code: 0 done; 1 the API refused or cannot be reached, what was done is told; 2 the file or the arguments are wrong,
nothing was changed.`

const refuse = (message: string): never => {
  process.stderr.write(`${message}\n`)
  process.exit(2)
}

function optionsFrom(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        file: { type: 'string', short: 'f' },
        'dry-run': { type: 'boolean', default: false },
        prune: { type: 'boolean', default: false },
        secrets: { type: 'boolean', default: false },
        export: { type: 'boolean', default: false },
        api: { type: 'string' }
      }
    }).values
  } catch (error) {
    return refuse(`${(error as Error).message}\n\n${HELP}`)
  }
}

await runCommand(HELP, async args => {
  const { file, 'dry-run': dryRun, prune, secrets, export: exports, api: url } = optionsFrom(args)
  if ((file === undefined) !== exports)
    return refuse(`Give either a file with -f, or --export.\n\n${HELP}`)
  const api = apiClient(connectionFrom(process.env, url))
  if (file === undefined) {
    process.stdout.write(exportConfig(await readInstallation(api)))
    return
  }
  try {
    // npm runs scripts in the project's directory, whatever directory it was started in.
    const path = resolve(process.env.INIT_CWD ?? '.', file)
    await applyFile(api, { file, path, dryRun, prune, secrets })
  } catch (error) {
    if (error instanceof FileRefused) refuse(error.message)
    throw error
  }
})
