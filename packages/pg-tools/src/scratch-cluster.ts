import { execFile } from 'node:child_process'
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { toolEnvironment } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'

const run = promisify(execFile)

export interface ScratchClusterOptions {
  /** A directory that this cluster owns; made if it is not there. */
  dir: string
  /** Directory of initdb and pg_ctl. */
  bin: string
  port: number
  superuserPassword: string
  /** Lines of postgresql.conf, name to value. */
  settings?: Record<string, string>
  /** A command that starts another one, such as `nice -n 10`: the server and all its processes run under it. */
  launcher?: string[]
}

export interface ScratchCluster {
  dir: string
  port: number
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  /** Stops it and deletes its directory. */
  destroy(): Promise<void>
}

/**
 * A PostgreSQL cluster of our own, on loopback and a Unix socket in its directory, superuser `postgres` with a password.
 * Initialised on first use, started again later. As root it runs as the `postgres` user: the server refuses root.
 */
export async function startScratchCluster(options: ScratchClusterOptions): Promise<ScratchCluster> {
  const { dir, bin, port, superuserPassword, settings = {}, launcher = [] } = options
  const owner = await unprivilegedUser()
  const data = join(dir, 'data')
  await mkdir(dir, { recursive: true })
  if (owner) await chown(dir, owner.uid, owner.gid)
  if (!(await readFile(join(data, 'PG_VERSION')).catch(() => undefined))) await initialise()
  await tool('pg_ctl', [
    '-D',
    data,
    '-w',
    '-t',
    '60',
    '-l',
    join(dir, 'postgresql.log'),
    '-o',
    `-p ${port}`,
    'start'
  ])
  return { dir, port, stop, destroy }

  async function initialise() {
    const passwordFile = join(dir, 'pw')
    await writeFile(passwordFile, superuserPassword, { mode: 0o600 })
    if (owner) await chown(passwordFile, owner.uid, owner.gid)
    try {
      await tool('initdb', [
        '-D',
        data,
        '-U',
        'postgres',
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C.UTF-8',
        '--no-sync'
      ])
    } finally {
      await rm(passwordFile, { force: true })
    }
    const lines = { listen_addresses: '127.0.0.1', unix_socket_directories: dir, ...settings }
    const conf = Object.entries(lines).map(
      ([name, value]) => `${name} = '${value.replaceAll("'", "''")}'\n`
    )
    await writeFile(join(data, 'postgresql.auto.conf'), conf.join(''))
  }

  async function stop(mode: 'fast' | 'immediate' = 'fast') {
    await tool('pg_ctl', ['-D', data, '-w', '-t', '60', '-m', mode, 'stop']).catch(error => {
      if (!/no server running|PID file .* does not exist|Is server running/i.test(error.message))
        throw error
    })
  }

  async function destroy() {
    await stop('immediate')
    await rm(dir, { recursive: true, force: true })
  }

  async function tool(name: string, args: string[]) {
    try {
      // The server inherits these descriptors: `ignore`, or execFile would wait for it to close them.
      const [command, ...rest] = [...launcher, join(bin, name), ...args] as [string, ...string[]]
      await run(command, rest, { env: toolEnvironment(), cwd: '/', ...(owner ?? {}) })
    } catch (error) {
      const { stderr, stdout, message } = error as Error & { stderr?: string; stdout?: string }
      throw new AppError(
        'TOOL_FAILED',
        `${name} failed: ${(stderr || stdout || message).trim().slice(-500)}`,
        { cause: error }
      )
    }
  }
}

/** A TCP port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  )
  const { port } = server.address() as { port: number }
  await new Promise(resolve => server.close(resolve))
  return port
}

/** uid and gid that server programs run as, where we are root; undefined otherwise. */
export async function unprivilegedUser(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const users = (await readFile('/etc/passwd', 'utf8')).split('\n').map(line => line.split(':'))
  const user =
    users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody')
  if (!user)
    throw new AppError(
      'TOOL_FAILED',
      'PostgreSQL refuses to run as root and there is no user postgres or nobody'
    )
  return { uid: Number(user[2]), gid: Number(user[3]) }
}
