import { mkdir, open, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withConnection } from '@resguardo/pg-tools'
import { signBytes } from '@resguardo/repository'
import { apiClient, type Json } from './api-client.ts'
import { startEmbeddedStack } from './embedded-stack.ts'
import { bold, green, say, table } from './terminal.ts'

interface Fault {
  name: string
  /** What the drill must say. */
  expect: { outcome: 'passed' | 'failed' | 'errored'; reason: RegExp }
  /** Harms a backup's folder. */
  plant?: (folder: string) => Promise<void>
  /** A check that takes the place of the usual ones. */
  check?: Json
}

const sql = (query: string, expect: Json) => ({ kind: 'sql', name: 'question', query, expect })

/** Plants each fault in a backup of its own and drills it. @returns whether every alarm rang */
export async function selfTest(dir: string, signal: AbortSignal): Promise<boolean> {
  say(bold('Resguardo: does every alarm ring?'))
  const stack = await startEmbeddedStack(dir, { signal, onStep: name => say(`  starting ${name}`) })
  try {
    const shop = stack.database('shop')
    await withConnection({ ...shop, database: 'postgres' }, client =>
      client.query('CREATE DATABASE shop')
    )
    await withConnection(shop, client => client.query(SAMPLE))
    const api = apiClient(stack.apiUrl, await stack.createAdminKey('self-test'))
    const path = join(dir, 'repository')
    await mkdir(path)
    const repository = await api.post('/v1/repositories', {
      name: 'main',
      kind: 'local',
      settings: { path },
      recipients: [stack.keys.recipient]
    })
    await api.waitFor(repository.probeRunId)
    const source = await api.post('/v1/sources', { name: 'shop', ...shop })
    const rows: string[][] = []
    let silent = 0
    for (const fault of faultsOf(await readFile(stack.keys.signingKeyFile, 'utf8'))) {
      signal.throwIfAborted()
      const checks = [{ kind: 'starts' }, ...(fault.check ? [fault.check] : usual)]
      const policy = await api.post('/v1/policies', {
        name: `fault-${rows.length + 1}`,
        sourceId: source.id,
        repositoryId: repository.id,
        options: { contentHash: 'full' },
        drill: { checks }
      })
      const run = await api.waitFor((await api.post(`/v1/policies/${policy.id}/backups`)).id)
      await fault.plant?.(join(path, 'shop/backups', run.backupId))
      const { id } = await api.post(`/v1/policies/${policy.id}/drills`)
      await api.waitFor(id).catch(() => {}) // its outcome is looked at
      const { outcome, reason } = await api.get(`/v1/drills/${id}`)
      const text = reason ? `${reason.code}: ${reason.message}` : 'all checks passed'
      const rang = outcome === fault.expect.outcome && fault.expect.reason.test(text)
      if (!rang) silent++
      rows.push([fault.name, outcome, rang ? 'as it must' : 'WRONG', text.slice(0, 70)])
    }
    say()
    table(['planted', 'outcome', '', 'reason'], rows)
    say()
    say(silent === 0 ? `  ${green('Every alarm rang.')}` : `  ${silent} alarms did not ring`)
    return silent === 0
  } finally {
    await stack.stop()
  }
}

const usual = [{ kind: 'restores-clean' }, { kind: 'row-counts' }, { kind: 'content-hash' }]

const SAMPLE = `
  CREATE TABLE account (id int PRIMARY KEY, name text, at timestamptz);
  INSERT INTO account SELECT i, md5(i::text), now() - interval '7 days' FROM generate_series(1, 5000) i;
  CREATE INDEX ON account (name)`

const faultsOf = (signingKey: string): Fault[] => [
  { name: 'nothing', expect: { outcome: 'passed', reason: /passed/ } },
  {
    name: 'one bit of the archive flipped',
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: folder => change(folder, /archive/, bytes => flip(bytes))
  },
  {
    name: 'the archive cut short',
    expect: { outcome: 'failed', reason: /OBJECT_DAMAGED/ },
    plant: folder => change(folder, /archive/, bytes => bytes.subarray(0, bytes.length / 2))
  },
  {
    name: 'a manifest that lies about a count',
    expect: { outcome: 'failed', reason: /row-counts/ },
    plant: folder => lie(folder, signingKey, manifest => manifest.tables[0].rows++)
  },
  {
    name: 'a manifest that lies about contents',
    expect: { outcome: 'failed', reason: /content-hash/ },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.tables[0].contentHash = '1'
      })
  },
  {
    name: 'a manifest that nobody signed',
    expect: { outcome: 'failed', reason: /MANIFEST_SIGNATURE_INVALID/ },
    plant: folder => change(folder, /\.sig$/, bytes => flip(bytes))
  },
  {
    name: 'newest row a week old',
    expect: { outcome: 'failed', reason: /freshness/ },
    check: { kind: 'freshness', table: 'public.account', column: 'at', notOlderThan: '26h' }
  },
  {
    name: 'rows that the owner misses',
    expect: { outcome: 'failed', reason: /question/ },
    check: sql('SELECT count(*) FROM account', { atLeast: 6_000 })
  },
  {
    name: 'a query with a syntax error',
    expect: { outcome: 'errored', reason: /syntax error/ },
    check: sql('SELEC 1', { equals: 1 })
  },
  {
    name: 'a backup of a major that is not here',
    expect: { outcome: 'errored', reason: /PG_SERVER_MISSING/ },
    plant: folder =>
      lie(folder, signingKey, manifest => {
        manifest.source.serverVersionNum = 990_000
      })
  }
]

async function change(folder: string, pattern: RegExp, how: (bytes: Buffer) => Buffer) {
  const name = (await readdir(folder)).find(file => pattern.test(file))!
  const path = join(folder, name)
  const changed = how(await readFile(path))
  const file = await open(path, 'r+')
  await file.truncate(0)
  await file.write(changed, 0, changed.length, 0)
  await file.close()
}

function flip(bytes: Buffer) {
  const middle = Math.floor(bytes.length / 2)
  bytes[middle]! ^= 1
  return bytes
}

/** Changes the manifest and signs it with the right key: only a restore can find out. */
async function lie(folder: string, key: string, how: (manifest: Json) => void) {
  const path = join(folder, 'manifest.json')
  const manifest = JSON.parse(await readFile(path, 'utf8'))
  how(manifest)
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(path, bytes)
  await writeFile(`${path}.sig`, signBytes(bytes, key))
}
