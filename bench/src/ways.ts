import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '@resguardo/api-client'
import { scratchMemory, scratchSettings } from '@resguardo/drills'
import { freePort, pgEnv, startScratchCluster } from '@resguardo/pg-tools'
import { toolEnvironment } from '@resguardo/processes'
import { createDatabase, dropDatabase } from './databases.ts'
import { bytesBelow, timeScript, type Usage } from './process-usage.ts'
import { type BenchScene, cores, DATABASE, timeRun } from './scene.ts'

export interface Way {
  name: string
  /** The way that others are compared with. */
  limit?: true
  measure(): Promise<Usage>
}

/** Backups: the stock tools' and ours. Each cleans up what it wrote, outside of the measured time. */
export async function backupWays(scene: BenchScene): Promise<Way[]> {
  const { stack, dir } = scene
  const out = join(dir, 'out')
  const env = toolEnvironment({ ...pgEnv(stack.database(DATABASE)), OUT: out, BIN: stack.bin })
  const pass = join(dir, 'pass')
  await writeFile(pass, 'correct horse battery staple', { mode: 0o600 })
  const script = (text: string) => async () => {
    await mkdir(out)
    try {
      const usage = await timeScript(text, { ...env, PASS: pass })
      return { ...usage, bytes: await bytesBelow(out) }
    } finally {
      await rm(out, { recursive: true })
    }
  }
  return [
    {
      name: 'pg_dump -Fc -Z0 >/dev/null (limit)',
      limit: true,
      measure: script('"$BIN/pg_dump" -Fc -Z0 >/dev/null')
    },
    { name: 'pg_dump -Fc (gzip 6)', measure: script('"$BIN/pg_dump" -Fc -f "$OUT/dump"') },
    {
      name: 'the usual script: -Z9, openssl, sha256sum',
      measure: script(`"$BIN/pg_dump" -Fc --compress=9 -f "$OUT/dump"
        openssl enc -aes-256-cbc -salt -pbkdf2 -pass "file:$PASS" -in "$OUT/dump" -out "$OUT/dump.enc"
        sha256sum "$OUT/dump.enc" >"$OUT/dump.sha256"; rm "$OUT/dump"`)
    },
    { name: `ours, ${cores} streams, local`, measure: ours(scene, 'local', { jobs: cores }) },
    { name: 'ours, defaults, local', measure: ours(scene, 'local') },
    {
      name: `ours, ${cores} streams, zstd -1, local`,
      measure: ours(scene, 'local', { jobs: cores, compressionLevel: 1 })
    },
    {
      name: `ours, ${cores * 2} streams, local`,
      measure: ours(scene, 'local', { jobs: cores * 2 })
    },
    { name: `ours, ${cores} streams, S3`, measure: ours(scene, 's3', { jobs: cores }) }
  ]
}

function ours(scene: BenchScene, kind: 'local' | 's3', options: object = {}) {
  return async () => {
    const { api, sourceId, repositories } = scene
    const body = { sourceId, repositoryId: repositories[kind], options }
    const { usage, run } = await timeRun(
      scene,
      async () => (await api.post('/v1/backups', body)).id
    )
    const { storedBytes } = await api.get(`/v1/backups/${run.backupId}`)
    return { ...usage, bytes: storedBytes }
  }
}

/** Restores into a database that is dropped after each; ours verifies every table and gathers statistics, the others do neither. */
export async function restoreWays(scene: BenchScene): Promise<Way[]> {
  const { stack, api, dir } = scene
  const target = 'bench_restored'
  const env = toolEnvironment({ ...pgEnv(stack.database(target)), FILES: dir, BIN: stack.bin })
  const dump = toolEnvironment({ ...pgEnv(stack.database(DATABASE)), FILES: dir, BIN: stack.bin })
  await timeScript(
    '"$BIN/pg_dump" -Fc -Z0 -f "$FILES/plain.dump"; zstd -3 -T0 -q "$FILES/plain.dump" -o "$FILES/dump.zst"',
    dump
  )
  const script = (text: string) => async () => {
    await createDatabase(stack, target)
    try {
      return await timeScript(text, env)
    } finally {
      await dropDatabase(stack, target)
    }
  }
  const latestBackup = async (kind: 'local' | 's3'): Promise<string> => {
    const { items } = await api.get(`/v1/backups?repositoryId=${scene.repositories[kind]}&limit=1`)
    return items[0].id
  }
  const restored = (kind: 'local' | 's3') => async () => {
    try {
      const body = {
        backupId: await latestBackup(kind),
        target: { database: target },
        options: { jobs: cores }
      }
      let id = ''
      const { usage } = await timeRun(scene, async () => {
        const started = await api.post('/v1/restores', body)
        id = started.id
        return started.runId
      })
      return { ...usage, phases: (await api.get(`/v1/restores/${id}`)).result.phases }
    } finally {
      await dropDatabase(stack, target)
    }
  }
  const policy = await api.post('/v1/policies', {
    name: 'bench',
    sourceId: scene.sourceId,
    repositoryId: scene.repositories.local,
    drill: { jobs: cores, checks: drillChecks }
  })
  const drilled = async () => {
    const body = { backupId: await latestBackup('local') }
    const start = async () => (await api.post(`/v1/policies/${policy.id}/drills`, body)).id
    const { usage, run } = await timeRun(scene, start)
    const { timeline } = await api.get(`/v1/evidence/${run.id}`)
    const phases: Record<string, number> = {} // the drill and its restore both prepare
    for (const { phase, seconds } of timeline as Json[])
      phases[phase] = (phases[phase] ?? 0) + seconds
    return { ...usage, phases }
  }
  const fromFile = `"$BIN/pg_restore" -j ${cores} -d ${target} "$FILES/plain.dump"`
  /** What a drill would take if it had nothing to make, decrypt, check and remove. */
  async function onThrowAway() {
    const port = await freePort()
    const cluster = await startScratchCluster({
      dir: join(dir, 'throw-away'),
      bin: stack.bin,
      port,
      superuserPassword: stack.keys.postgresPassword,
      settings: { ...scratchSettings(scratchMemory(cores)), listen_addresses: '127.0.0.1' }
    })
    try {
      await createDatabase(
        { ...stack, database: name => ({ ...stack.database(name), port }) },
        target
      )
      return await timeScript(fromFile, { ...env, PGPORT: String(port) })
    } finally {
      await cluster.destroy()
    }
  }
  return [
    {
      name: `pg_restore -j ${cores} from a plain local file (limit)`,
      limit: true,
      measure: script(fromFile)
    },
    {
      name: `pg_restore -j ${cores}, throw-away cluster that is there already`,
      measure: onThrowAway
    },
    {
      name: 'zstd -d | pg_restore from a stream',
      measure: script(`zstd -dcq "$FILES/dump.zst" | "$BIN/pg_restore" -d ${target}`)
    },
    { name: `ours, ${cores} streams, local`, measure: restored('local') },
    { name: `ours, ${cores} streams, S3`, measure: restored('s3') },
    { name: 'ours, a whole drill, local', measure: drilled }
  ]
}

/** A drill's time has the making and the removal of its cluster in it, and these checks. */
const drillChecks = [
  { kind: 'starts' },
  { kind: 'restores-clean' },
  { kind: 'row-counts' },
  {
    kind: 'sql',
    name: 'accounts',
    query: 'SELECT count(*) FROM pgbench_accounts',
    expect: { atLeast: 1 }
  }
]
