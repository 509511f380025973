import { openapiDocument } from '@resguardo/api'
import { runCommand } from './command.ts'

await runCommand(
  'npm run openapi\n\nPrints the OpenAPI 3.1 document of the API; needs no database.',
  async () => {
    process.stdout.write(`${JSON.stringify(await openapiDocument(), null, 2)}\n`)
  }
)
