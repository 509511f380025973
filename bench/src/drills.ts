import { type ChildProcess, spawn } from 'node:child_process'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pgEnv } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'
import { startEmbeddedStack } from '../../services/embedded/src/embedded-stack.ts'
import { homeDirectory } from '../../services/embedded/src/home.ts'
import { interruptible } from '../../services/embedded/src/interruptible.ts'
import { say } from '../../services/embedded/src/terminal.ts'
import { fillMixed } from './databases.ts'
import { median } from './statistics.ts'

const HELP = `npm run bench:drills [-- --count N --size MB --at-once N]

A soak: a healthy backup must pass every drill, also while pgbench keeps the source's server and the machine busy and several drills
run side by side. Exits 1 where one does not.

  --count    drills; default 50
  --size     megabytes of the database; default 100
  --at-once  default 2, as many as a worker runs`

const { values } = parseArgs({
  options: {
    count: { type: 'string', default: '50' },
    size: { type: 'string', default: '100' },
    'at-once': { type: 'string', default: '2' },
    help: { type: 'boolean' }
  }
})
if (values.help) {
  say(HELP)
  process.exit(0)
}

await interruptible(async signal => {
  const dir = join(homeDirectory(), `drills-${process.pid}`)
  await mkdir(dir, { recursive: true })
  const stack = await startEmbeddedStack(dir, { signal, onStep: name => say(`  starting ${name}`) })
  let load: ChildProcess | undefined
  try {
    await fillMixed(stack, 'shop', Number(values.size))
    const api = await stack.client('soak')
    const path = join(dir, 'repository')
    await mkdir(path)
    const repository = await api.post('/v1/repositories', {
      name: 'main',
      kind: 'local',
      settings: { path },
      recipients: [stack.keys.recipient]
    })
    await api.waitForRun(repository.probeRunId)
    const source = await api.post('/v1/sources', { name: 'shop', ...stack.database('shop') })
    const policy = await api.post('/v1/policies', {
      name: 'soak',
      sourceId: source.id,
      repositoryId: repository.id,
      options: { contentHash: 'full' },
      drill: {
        checks: ['starts', 'restores-clean', 'row-counts', 'content-hash', 'schema'].map(kind => ({
          kind
        }))
      }
    })
    load = spawn(join(stack.bin, 'pgbench'), ['-n', '-c', '4', '-T', '36000'], {
      env: toolEnvironment(pgEnv(stack.database('shop'))),
      stdio: 'ignore'
    })
    await api.waitForRun((await api.post(`/v1/policies/${policy.id}/backups`)).id)
    const ids = Array.from({ length: Number(values.count) }, (_, i) => i)[Symbol.iterator]()
    const seconds: number[] = []
    const reasons: string[] = []
    const lane = async () => {
      for (const i of ids) {
        signal.throwIfAborted()
        const { id } = await api.post(`/v1/policies/${policy.id}/drills?wait=300`)
        const { outcome, reason, startedAt, finishedAt } = await api.get(`/v1/drills/${id}`)
        seconds.push((Date.parse(finishedAt) - Date.parse(startedAt)) / 1000)
        if (outcome !== 'passed') reasons.push(`drill ${i + 1}: ${outcome}: ${reason.message}`)
      }
    }
    await Promise.all(Array.from({ length: Number(values['at-once']) }, lane))
    say(
      `  ${seconds.length - reasons.length} of ${seconds.length} drills passed, median ${median(seconds).toFixed(1)} s, longest ${Math.max(...seconds).toFixed(1)} s`
    )
    for (const reason of reasons) say(`  ${reason}`)
    if (reasons.length > 0) process.exitCode = 1
  } finally {
    load?.kill()
    await stack.stop()
    await rm(dir, { recursive: true, force: true })
  }
})
