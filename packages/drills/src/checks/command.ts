import { AppError } from '@resguardo/shared'
import { type CheckFinding, defineCheck } from '../check.ts'
import { cutStart } from './cut.ts'
import { withDeadline } from './deadline.ts'
import { details } from './details.ts'
import { type Exit, findProgram, type Program, startProgram } from './program.ts'
import { secretsOf, withoutSecrets } from './secrets.ts'

const OUTPUT_SHOWN = 4_096
/** How a shell says that it could not run something: that is no answer. */
const NOT_RUN = [126, 127]

/** A program of the owner's that is told the restored database; its exit code is the answer. */
export const command = defineCheck({
  kind: 'command',
  async run(context, { name, program, args, timeoutSeconds }) {
    const file = await findProgram(context.programsDir, program)
    const exposed = await context.expose()
    const secrets = secretsOf(exposed)
    try {
      const limits = { signal: context.signal, seconds: timeoutSeconds, what: name }
      return await withDeadline(limits, async signal => {
        const started = await startProgram(file, { args, env: exposed.env })
        const exit = await waitFor(started, signal)
        return judge(program, exit, withoutSecrets(started.output(), secrets))
      })
    } finally {
      await exposed.close()
    }
  }
})

async function waitFor(program: Program, signal: AbortSignal): Promise<Exit> {
  const end = () => void program.end()
  signal.addEventListener('abort', end, { once: true })
  try {
    if (signal.aborted) end()
    return await program.exited
  } finally {
    signal.removeEventListener('abort', end)
    await program.end()
    signal.throwIfAborted()
  }
}

function judge(program: string, { code, signal }: Exit, output: string): CheckFinding {
  const tail = cutStart(output, OUTPUT_SHOWN).trim()
  if (code === null || NOT_RUN.includes(code)) {
    const how = code === null ? `was killed by ${signal}` : `could not run something (exit ${code})`
    throw new AppError('TOOL_FAILED', `${program} ${how}: ${cutStart(tail, 500)}`, {
      hint: 'Start it by hand on the worker with DATABASE_URL set.'
    })
  }
  return {
    passed: code === 0,
    expected: 'exit code 0',
    actual: `exit code ${code}`,
    details: details(tail === '' ? [] : tail.split('\n').slice(-50))
  }
}
