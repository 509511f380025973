import { runCommand } from './command.ts'
import { fileSchema } from './config-file/schema.ts'

await runCommand(
  'npm run config-schema\n\nPrints the JSON Schema of resguardo.yaml; it is kept as docs/reference/resguardo.schema.json.',
  async () => {
    process.stdout.write(`${JSON.stringify(fileSchema, null, 2)}\n`)
  }
)
