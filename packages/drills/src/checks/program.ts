import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants, realpath, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { toolEnvironment } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'
import { wrongCheck } from './wrong-check.ts'

/** Twice of what evidence shows: a secret that is cut in two lies before that. */
const OUTPUT_KEPT = 8_192
const GRACE_MS = 3_000
const LEAVE_MS = 1_000

export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Program {
  exited: Promise<Exit>
  hasExited(): boolean
  /** The end of what it wrote on stdout and stderr. */
  output(): string
  /** Ends it with all that it started, and waits until they are gone. */
  end(): Promise<void>
}

/** The file of a program that checks may start. @throws VALIDATION_FAILED where it is none in the directory */
export async function findProgram(dir: string | undefined, name: string): Promise<string> {
  if (dir === undefined)
    throw wrongCheck(
      `The check starts ${name}, but this worker has no directory of programs`,
      'Set RESGUARDO_DRILL_PROGRAMS_DIR on the worker and put the program in it.'
    )
  const hint = `Put an executable file of this name in ${dir}.`
  try {
    const [root, file] = await Promise.all([realpath(dir), realpath(join(dir, name))])
    if (relative(root, file).startsWith('..'))
      throw wrongCheck(`${name} is a link that leads out of the programs' directory`, hint)
    if (!(await stat(file)).isFile()) throw wrongCheck(`${name} is not a file`, hint)
    await access(file, constants.X_OK)
    return file
  } catch (error) {
    if (error instanceof AppError) throw error
    throw wrongCheck(`${name} cannot be started: ${(error as Error).message}`, hint, error)
  }
}

/** Starts a program in a process group of its own. @throws TOOL_FAILED where the system refuses */
export async function startProgram(
  file: string,
  { args, env }: { args: string[]; env: Record<string, string> }
): Promise<Program> {
  const child = spawn(file, args, {
    cwd: dirname(file),
    env: toolEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true
  })
  child.on('error', () => {}) // one at the start is thrown below; `exited` tells of the rest
  let output = ''
  const streams = [child.stdout, child.stderr]
  for (const stream of streams)
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-OUTPUT_KEPT)
    })
  const exited = new Promise<Exit>(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
  const closed = new Promise(resolve => {
    child.once('close', resolve)
  })
  try {
    await once(child, 'spawn')
  } catch (error) {
    throw new AppError('TOOL_FAILED', `${file} cannot be started: ${(error as Error).message}`, {
      cause: error,
      hint: 'A program needs a format that the system runs: a binary, or a first line like #!/bin/sh.'
    })
  }
  const hasExited = () => child.exitCode !== null || child.signalCode !== null
  return { exited, hasExited, output: () => output, end }

  async function end() {
    if (!hasExited()) signalGroup('SIGTERM')
    const killing = setTimeout(() => signalGroup('SIGKILL'), GRACE_MS)
    await exited
    clearTimeout(killing)
    signalGroup('SIGKILL')
    // Whoever left the group may hold the pipes open for ever.
    const leaving = setTimeout(() => {
      for (const stream of streams) stream.destroy()
    }, LEAVE_MS)
    await closed
    clearTimeout(leaving)
  }

  function signalGroup(signal: NodeJS.Signals) {
    try {
      process.kill(-child.pid!, signal)
    } catch {
      // nothing of it is left
    }
  }
}
