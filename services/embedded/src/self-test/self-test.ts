import { once } from 'node:events'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Json } from '@resguardo/api-client'
import { withConnection } from '@resguardo/pg-tools'
import { type EmbeddedStack, startEmbeddedStack } from '../embedded-stack.ts'
import { loadKeys } from '../keys.ts'
import { bold, green, say, table } from '../terminal.ts'
import { DAMAGE, DAMAGE_SQL, type Fault, faultsOf, SAMPLE, type Surroundings } from './faults.ts'

/** The finding about a policy that each outcome must leave. */
const alarms = { passed: undefined, failed: 'drill-failed', errored: 'drill-errored' }

/**
 * Plants each fault in a backup of its own and drills it, in an installation that lies under `dir`.
 * @returns whether every drill said what it must, and every alarm rang
 */
export async function selfTest(
  dir: string,
  signal: AbortSignal,
  faults: (surroundings: Surroundings) => Fault[] = faultsOf
): Promise<boolean> {
  say(bold('Resguardo: does every alarm ring?'))
  const programs = join(dir, 'programs')
  const stack = await startEmbeddedStack(dir, {
    signal,
    onStep: name => say(`  starting ${name}`),
    workerEnv: { RESGUARDO_DRILL_PROGRAMS_DIR: programs }
  })
  const shop = createServer((_, response) => response.writeHead(500).end()).listen(0, '127.0.0.1')
  try {
    await once(shop, 'listening')
    await writeDamage(programs, stack.bin)
    const drill = await prepare(stack)
    const surroundings = {
      signingKey: await readFile(stack.keys.signingKeyFile, 'utf8'),
      brokenShop: `http://127.0.0.1:${(shop.address() as AddressInfo).port}`
    }
    const rows: string[][] = []
    let silent = 0
    for (const fault of faults(surroundings)) {
      signal.throwIfAborted()
      const { outcome, text, findings } = await drill(fault)
      const { expect } = fault
      const rang =
        outcome === expect.outcome &&
        expect.reason.test(text) &&
        findings.filter(kind => kind.startsWith('drill-')).join() === (alarms[expect.outcome] ?? '')
      if (!rang) silent++
      rows.push([fault.name, outcome, rang ? 'as it must' : 'WRONG', text.slice(0, 70)])
    }
    say()
    table(['planted', 'outcome', '', 'reason'], rows)
    say()
    say(silent === 0 ? `  ${green('Every alarm rang.')}` : `  ${silent} alarms did not ring`)
    return silent === 0
  } finally {
    shop.close()
    await stack.stop()
  }
}

/** A sample database and two repositories; gives the function that backs up, plants and drills. */
async function prepare({ dir, keys, database, client }: EmbeddedStack) {
  const shop = database('shop')
  await withConnection(database('postgres'), client => client.query('CREATE DATABASE shop'))
  await withConnection(shop, client => client.query(SAMPLE))
  const api = await client('self-test')
  const source = await api.post('/v1/sources', { name: 'shop', ...shop })
  const main = await repository('main', keys.recipient)
  const lockedAway = await repository('locked-away', (await loadKeys(join(dir, 'other'))).recipient)
  let earlier = ''

  return async ({ name, options, plant, checks = usual, ...fault }: Fault) => {
    const { id: repositoryId, path } = fault.lockedAway ? lockedAway : main
    const policy = await api.post('/v1/policies', {
      name: name.replaceAll(/[^a-z0-9]+/g, '-').replace(/-$/, ''),
      sourceId: source.id,
      repositoryId,
      options: { contentHash: 'full', ...options },
      drill: { checks: [{ kind: 'starts' }, ...checks] }
    })
    const { backupId } = await api.waitForRun(
      (await api.post(`/v1/policies/${policy.id}/backups`)).id
    )
    const folder = join(path, 'shop/backups', backupId)
    await plant?.(folder, earlier)
    earlier ||= folder
    const { id } = await api.post(`/v1/policies/${policy.id}/drills`)
    await api.waitForRun(id).catch(() => {}) // its outcome is looked at
    const { outcome, reason } = await api.get(`/v1/drills/${id}`)
    const { findings } = await api.get(`/v1/policies/${policy.id}/status`)
    const text = reason ? `${reason.code}: ${reason.message}` : 'all checks passed'
    return { outcome, text, findings: findings.map(({ kind }: Json) => kind) as string[] }
  }

  async function repository(name: string, recipient: string) {
    const path = join(dir, name)
    await mkdir(path)
    const { id, probeRunId } = await api.post('/v1/repositories', {
      name,
      kind: 'local',
      settings: { path },
      recipients: [recipient]
    })
    await api.waitForRun(probeRunId)
    return { id, path }
  }
}

const usual = [{ kind: 'restores-clean' }, { kind: 'row-counts' }, { kind: 'content-hash' }]

async function writeDamage(dir: string, bin: string) {
  await mkdir(dir)
  const file = join(dir, DAMAGE)
  await writeFile(file, `#!/bin/sh\nexec '${bin}/psql' -qX -v ON_ERROR_STOP=1 -c "${DAMAGE_SQL}"\n`)
  await chmod(file, 0o755)
}
