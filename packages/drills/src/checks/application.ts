import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'
import type { CheckContext } from '../check.ts'
import { noAnswer } from './http-request.ts'
import { findProgram, type Program, startProgram } from './program.ts'
import { secretsOf, withoutSecrets } from './secrets.ts'

const POLL_MS = 200

interface Start {
  program: string
  args: string[]
  readyPath: string
}

interface Application {
  base: string
  /** What must not appear in evidence. */
  secrets: string[]
}

/**
 * Starts an application that is told the restored database and a free PORT, hands it to `work` when it answers, and ends it
 * whatever happens. `url` is where it answers, left out: on that port of the loopback address.
 * @throws TOOL_FAILED where it ends before it answers
 */
export async function withApplication<T>(
  context: CheckContext,
  { start, url }: { start: Start; url: string | undefined },
  signal: AbortSignal,
  work: (application: Application) => Promise<T>
): Promise<T> {
  const file = await findProgram(context.programsDir, start.program)
  const exposed = await context.expose()
  const secrets = secretsOf(exposed)
  try {
    const port = await freePort()
    const env = { ...exposed.env, PORT: String(port) }
    const program = await startProgram(file, { args: start.args, env })
    try {
      const base = url ?? `http://127.0.0.1:${port}`
      await untilReady(program, `${base.replace(/\/+$/, '')}${start.readyPath}`, secrets, signal)
      return await work({ base, secrets })
    } finally {
      await program.end()
    }
  } finally {
    await exposed.close()
  }
}

/** Ready is any answer but a failure of the server. */
async function untilReady(program: Program, url: string, secrets: string[], signal: AbortSignal) {
  let last = 'nothing'
  try {
    while (true) {
      if (program.hasExited()) throw await ended(program, secrets)
      const status = await fetch(url, { redirect: 'manual', signal }).then(
        async response => {
          await response.body?.cancel()
          return response.status
        },
        error => {
          last = noAnswer(url, error).message
        }
      )
      if (status !== undefined && status < 500) return
      if (status !== undefined) last = `status ${status}`
      await delay(POLL_MS, undefined, { signal })
    }
  } catch (error) {
    if (error instanceof AppError) throw error
    signal.throwIfAborted()
    throw new AppError('TOOL_FAILED', `The application did not become ready: ${last}`)
  }
}

async function ended(program: Program, secrets: string[]) {
  const { code, signal } = await program.exited
  await program.end()
  const output = withoutSecrets(program.output(), secrets).trim().slice(-500)
  return new AppError(
    'TOOL_FAILED',
    `The application ended with ${code ?? signal} before it was ready: ${output}`,
    { hint: 'Start it by hand with DATABASE_URL and PORT set.' }
  )
}
