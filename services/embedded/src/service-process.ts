import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectRoot } from './home.ts'

export interface ServiceProcess {
  pid: number
  stop(): Promise<void>
}

/**
 * Starts a program with its output in a log file and waits until `ready` resolves. It leads a session of its own, so that
 * Ctrl-C reaches us alone and everything is stopped in order.
 */
export async function startProcess(
  name: string,
  command: string,
  args: string[],
  options: { env: NodeJS.ProcessEnv; logDir: string; ready: () => Promise<unknown> }
): Promise<ServiceProcess> {
  const logFile = join(options.logDir, `${name}.log`)
  const log = openSync(logFile, 'a', 0o600)
  const child = spawn(command, args, {
    cwd: projectRoot,
    env: options.env,
    stdio: ['ignore', log, log],
    detached: true
  })
  let ended = false
  const exited = once(child, 'exit').then(() => {
    ended = true
  })
  const died = exited.then(() => {
    throw new Error(
      `${name} ended while starting:\n${readFileSync(logFile, 'utf8').split('\n').slice(-12).join('\n')}`
    )
  })
  died.catch(() => {})
  const stop = async () => {
    if (!ended) child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
    await exited
    clearTimeout(timer)
  }
  try {
    await Promise.race([options.ready(), died])
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid!, stop }
}

/** Resolves when `url` answers 200; rejects after a minute. */
export async function answers(url: string) {
  const deadline = Date.now() + 60_000
  for (;;) {
    const response = await fetch(url).catch(() => undefined)
    if (response?.ok) return
    if (Date.now() > deadline)
      throw new Error(
        `${url} did not become ready: ${response ? await response.text() : 'no answer'}`
      )
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
