import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startEmbeddedStack } from './embedded-stack.ts'
import { homeDirectory } from './home.ts'
import { interruptible } from './interruptible.ts'
import { bold, say } from './terminal.ts'

const { values } = parseArgs({ options: { help: { type: 'boolean' } } })
if (values.help) {
  say(`npm start

Starts the embedded stack (PostgreSQL for the catalog, Redis, API, worker) and keeps it running until Ctrl-C. Its data stays
in one directory and is used again at the next start. A new admin key is printed each time; revoke old ones at /v1/api-keys.`)
  process.exit(0)
}

await interruptible(async signal => {
  const dir = join(homeDirectory(), 'stack')
  await mkdir(dir, { recursive: true })
  const stack = await startEmbeddedStack(dir, { signal, onStep: name => say(`  starting ${name}`) })
  try {
    const key = await stack.createAdminKey(`start-${new Date().toISOString()}`)
    say()
    say(bold('Resguardo is running'))
    say(`  API         ${stack.apiUrl}/docs`)
    say(`  queues      ${stack.apiUrl}/queues (any user name, the key as password)`)
    say(`  API key     ${key}`)
    say(`  recipient   ${stack.keys.recipient}  (give it as a recipient of your repositories)`)
    say(
      `  identity    ${stack.keys.identityFile}  (keep a copy elsewhere: without it no backup opens)`
    )
    say(`  logs        ${join(dir, 'logs')}`)
    say('  Ctrl-C stops it.')
    await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }))
  } finally {
    await stack.stop()
  }
})
