import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Json } from '@resguardo/api-client'
import { withConnection } from '@resguardo/pg-tools'
import t, { type Test } from 'tap'
import { installedMajors, startCluster } from '../support/clusters.ts'
import { query } from '../support/postgres.ts'
import { type Stack, startStack } from '../support/stack.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const example = await readFile(join(root, 'docs/examples/resguardo.yaml'), 'utf8')

interface Ended {
  code: number
  stdout: string
  stderr: string
}

/** The commands as an operator runs them, with a file `resguardo.yaml` beside the stack. */
function commands(stack: Stack) {
  const file = join(stack.dir, 'resguardo.yaml')
  return { write: (content: string) => writeFile(file, content), run, apply, check }

  async function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    const child = spawn(process.execPath, [join(root, `services/cli/src/${command}.ts`), ...args], {
      cwd: stack.dir,
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        RESGUARDO_API_URL: stack.apiUrl,
        RESGUARDO_API_KEY: stack.key,
        ...env
      }
    })
    const [[code], stdout, stderr] = await Promise.all([
      once(child, 'exit'),
      text(child.stdout),
      text(child.stderr)
    ])
    return { code, stdout, stderr }
  }

  /** Writes the file, if there is a new one, and applies it. */
  async function apply(content?: string, ...args: string[]): Promise<Ended> {
    if (content !== undefined) await writeFile(file, content)
    return run('apply', ['-f', 'resguardo.yaml', ...args])
  }

  function check(args: string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
    return run('check', args, env)
  }
}

const items = async (stack: Stack, list: string): Promise<Json[]> =>
  (await stack.call('GET', `/v1/${list}?limit=200`)).body.items

/** What was ever changed over the API; that the register of secrets was read is no change. */
const changes = async (stack: Stack) =>
  (await items(stack, 'audit')).filter(({ action }) => action !== 'secret.list').length

const names = async (stack: Stack) => {
  const lists = ['sources', 'repositories', 'channels', 'secrets', 'policies']
  const all = await Promise.all(lists.map(list => items(stack, list)))
  return Object.fromEntries(lists.map((list, i) => [list, all[i]!.map(({ name }) => name)]))
}
const nothing = { sources: [], repositories: [], channels: [], secrets: [], policies: [] }

/** A repository directory that exists, and the entry for it. */
async function directory(stack: Stack, name: string) {
  const path = join(stack.dir, name)
  await mkdir(path)
  return path
}

/** A file with a source, a repository and a webhook, which policies can be appended to. */
const basis = (stack: Stack, path: string, more = '') => `version: 1
sources:
  - { name: shop, host: db.internal, database: shop, user: backup, passwordEnv: SHOP_PASSWORD }
repositories:
  - { name: nas, kind: local, settings: { path: ${path} }, recipients: [${stack.recipient}] }
channels:
  - { name: hook, kind: webhook, settings: { url: "https://hooks.invalid/" }, secretEnv: HOOK_KEY }
${more}`

t.test('the example makes a system that backs up by schedule', async t => {
  const cluster = await startCluster(t, (await installedMajors()).at(-1)!)
  await withConnection(cluster.target('postgres'), async client => {
    await client.query('CREATE DATABASE shop')
    await client.query(`CREATE ROLE backup LOGIN PASSWORD 'from-the-environment'`)
    await client.query('GRANT pg_read_all_data TO backup')
  })
  await withConnection(cluster.target('shop'), client =>
    client.query('CREATE TABLE item AS SELECT i FROM generate_series(1, 1000) i')
  )
  const stack = await startStack(t)
  await stack.startWorker({ SHOP_DB_PASSWORD: 'from-the-environment' })
  const { host, port } = cluster.target('shop')
  const path = await directory(stack, 'nas')
  // The recipient of the example is nobody's, so that nobody backs up to a key that is not theirs.
  const file = example
    .replace('host: db.internal', `host: ${host}`)
    .replace('port: 5432', `port: ${port}`)
    .replace('path: /srv/resguardo', `path: ${path}`)
    .replace(/- age1q+/, `- ${stack.recipient}`)
  const { apply, run, write } = commands(stack)

  const dry = await apply(file, '--dry-run')
  t.match(dry, { code: 0, stderr: '' })
  t.match(dry.stdout, /\+ source shop is created\n.*host: "127.0.0.1"/s)
  t.match(dry.stdout, 'It would be: 5 created, 0 changed, 0 unchanged')
  t.same(await names(stack), nothing, 'a dry run changes nothing')

  const first = await apply()
  t.match(first, { code: 0, stderr: '' })
  t.match(first.stdout, '\n5 created, 0 changed, 0 unchanged\n')
  t.notMatch(first.stdout, '\u001b', 'no colours, this is no terminal')
  t.match(await items(stack, 'repositories'), [{ name: 'nas', state: 'ready' }])
  const [policy] = await items(stack, 'policies')
  t.match(policy, {
    name: 'shop',
    timeZone: 'America/Sao_Paulo',
    retention: { within: '2d', daily: 14, weekly: 8, monthly: 12, yearly: 3, minimumRedundancy: 3 },
    options: { contentHash: 'full', compressionLevel: 3 },
    channelIds: [(await items(stack, 'channels'))[0]!.id]
  })
  const upcoming = (await stack.call('GET', `/v1/policies/${policy!.id}/upcoming`)).body.items
  t.equal(upcoming.length, 10)
  t.ok(upcoming.every(({ at }: Json) => new Date(at) > new Date()))
  t.same([...new Set(upcoming.map(({ schedule }: Json) => schedule))].includes('daytime'), true)

  const backup = (await stack.call('POST', `/v1/policies/${policy!.id}/backups?wait=60`, {})).body
  t.match(backup, { status: 'succeeded' }, JSON.stringify(backup.error))
  t.match(await items(stack, 'backups'), [{ policyId: policy!.id, sourceId: policy!.sourceId }])

  const before = await changes(stack)
  const second = await apply()
  t.match(second, { code: 0, stderr: '' })
  t.match(second.stdout, '\n0 created, 0 changed, 5 unchanged\n')
  t.match(second.stdout, 'cannot be read back', 'says what it cannot see')
  t.equal(await changes(stack), before, 'nothing is sent')

  const exported = await run('apply', ['--export'])
  t.match(exported, { code: 0, stderr: '' })
  t.match(exported.stdout, /^# yaml-language-server: \$schema=/)
  t.notMatch(exported.stdout, /from-the-environment|Env:|compressionLevel/)
  const third = await apply(exported.stdout, '--prune')
  t.match(third, { code: 0, stderr: '' })
  t.match(third.stdout, '\n0 created, 0 changed, 5 unchanged\n')
  t.equal(await changes(stack), before, 'what is exported is what is there')

  await write(file.replace('daily: 14', 'dayly: 14'))
  const line = file.split('\n').findIndex(one => one.includes('daily: 14')) + 1
  const typo = await apply()
  t.same(typo, {
    code: 2,
    stdout: '',
    stderr: `resguardo.yaml:${line}:7: /policies/0/retention/dayly: unknown field; did you mean daily?\n`
  })
  t.equal(await changes(stack), before)
})

/** A stack with a worker, and a file that was applied to it. */
async function applied(t: Test, more: string) {
  const stack = await startStack(t)
  const worker = await stack.startWorker()
  const path = await directory(stack, 'nas')
  const tools = commands(stack)
  const file = basis(stack, path, more)
  const { code, stdout, stderr } = await tools.apply(file)
  if (code !== 0) throw new Error(stdout + stderr)
  return { stack, worker, path, file, ...tools }
}

const policies = `policies:
  - name: daily
    source: shop
    repository: nas
    channels: [hook]
    profile: health-data
    retention: { minimumRedundancy: 1 }
    lock: { mode: governance, maxDays: 3 }
    schedules: [{ name: night, cron: 0 1 * * * }]
    hooks:
      before: [{ name: quiesce, kind: sql, sql: SELECT 1 }]
      after: [{ name: tell, kind: http, url: "https://hooks.invalid/x", onFailure: warn }]
`
const unlocked = policies.replace(/ {4}(profile|lock).*\n/g, '')

t.test('a change is told field by field and is all that is sent', async t => {
  const { stack, apply, run, file } = await applied(
    t,
    `secrets:
  - { name: jwt, kind: jwt, owner: me, rotateDays: 30, rotatedAt: "2026-01-01T00:00:00Z" }
${unlocked}`
  )
  const before = await changes(stack)
  const changed = file
    .replace('user: backup', 'port: 5433, user: backup')
    .replace('hooks.invalid/" }', 'hooks.invalid/v2" }, summary: { cron: 0 8 * * 1 }')
    .replace('rotateDays: 30, rotatedAt: "2026-01-01', 'rotateDays: 60, rotatedAt: "2026-02-02')
    .replace('minimumRedundancy: 1', 'minimumRedundancy: 2, daily: 7')
  const ended = await apply(changed)
  t.match(ended, { code: 0, stderr: '' })
  for (const line of [
    '~ source shop is changed\n    port: 5432 → 5433\n',
    '= repository nas is unchanged\n',
    '    settings.url: "https://hooks.invalid/" → "https://hooks.invalid/v2"\n',
    '    summary: null → {"cron":"0 8 * * 1","timeZone":"UTC"}\n',
    '    rotateDays: 30 → 60\n',
    '    rotatedAt: "2026-01-01T00:00:00.000Z" → "2026-02-02T00:00:00.000Z"\n',
    '    retention.minimumRedundancy: 1 → 2\n',
    '    retention.daily: 7\n',
    '\n0 created, 4 changed, 1 unchanged\n'
  ])
    t.match(ended.stdout, line)
  t.match(await items(stack, 'sources'), [{ port: 5433, database: 'shop', hasSecret: true }])
  t.match(await items(stack, 'channels'), [
    { settings: { url: /v2$/ }, summary: { timeZone: 'UTC' } }
  ])
  t.match(await items(stack, 'secrets'), [{ rotateDays: 60, rotatedAt: /^2026-02-02/ }])
  t.match(await items(stack, 'policies'), [{ retention: { daily: 7, minimumRedundancy: 2 } }])
  const audit = (await items(stack, 'audit')).filter(({ action }) => action !== 'secret.list')
  t.same(
    audit.slice(0, (await changes(stack)) - before).map(({ action }) => action),
    ['policy.replace', 'secret.rotated', 'secret.change', 'channel.change', 'source.change']
  )

  const after = await changes(stack)
  t.match((await apply()).stdout, '\n0 created, 0 changed, 5 unchanged\n')
  const older = changed.replace('2026-02-02', '2025-05-05')
  t.match((await apply(older)).stdout, '5 unchanged', 'a rotation is never taken back')
  const exported = (await run('apply', ['--export'])).stdout
  t.match((await apply(exported)).stdout, '\n0 created, 0 changed, 5 unchanged\n')
  t.equal(await changes(stack), after)

  const sent = await apply(changed.replace('SHOP_PASSWORD', 'OTHER_PASSWORD'), '--secrets')
  t.match(sent.stdout, '~ source shop is changed\n    passwordEnv: "OTHER_PASSWORD"\n')
  t.match(sent.stdout, '~ channel hook is changed\n    secretEnv: "HOOK_KEY"\n')
  t.match(sent.stdout, '\n0 created, 2 changed, 3 unchanged\n')
})

t.test(
  'what the file does not have is left alone; --prune deletes policies and channels',
  async t => {
    const { stack, apply } = await applied(t, unlocked)
    const rest = `version: 1
sources: []
repositories: []
channels: []
policies: []
`
    const left = await apply(rest)
    t.match(left, { code: 0, stdout: /4 left alone/ })
    t.match(left.stdout, 'policy daily is not in the file: left alone')
    t.match(await names(stack), { sources: ['shop'], channels: ['hook'], policies: ['daily'] })

    t.match((await apply('version: 1\n', '--prune')).stdout, '4 left alone', 'no list, no say')
    t.match((await apply(rest, '--prune', '--dry-run')).stdout, '2 deleted, 2 left alone')
    t.match(await names(stack), { channels: ['hook'], policies: ['daily'] })

    t.match(await apply(rest, '--prune'), {
      code: 0,
      stdout: /\n0 created.* 2 deleted, 2 left alone\n/
    })
    t.same(await names(stack), { ...nothing, sources: ['shop'], repositories: ['nas'] })

    const again = `version: 1\n${unlocked.replace('    channels: [hook]\n', '')}`
    t.match(await apply(again), { code: 0, stdout: /1 created/ }, 'refers to what is there already')
  }
)

t.test('stops where the API refuses or a probe fails, and goes on from there', async t => {
  const stack = await startStack(t)
  await stack.startWorker()
  const { apply, run } = commands(stack)
  const path = join(stack.dir, 'not-mounted')

  const failed = await apply(basis(stack, path, unlocked))
  t.match(failed, { code: 1, stderr: /^STORAGE_[A-Z_]+: The probe run .* failed: / })
  t.match(
    failed.stdout,
    'Stopped at repository nas. Done so far: 1 created, 0 changed, 0 unchanged'
  )
  t.match(await names(stack), { repositories: ['nas'], channels: [], policies: [] })

  await mkdir(path)
  const fixed = await apply()
  t.match(fixed, { code: 0, stderr: '' })
  t.match(fixed.stdout, '\n2 created, 0 changed, 1 unchanged, 1 checked\n')
  t.match(await items(stack, 'repositories'), [{ state: 'ready' }])

  const locked = await apply(basis(stack, path, policies.replace('name: daily', 'name: other')))
  t.match(locked, { code: 1, stderr: /^POLICY_INVALID: POST .*cannot lock objects/ })
  t.match(locked.stdout, 'Stopped at policy other. Done so far: 0 created, 0 changed, 3 unchanged')

  const { key } = await stack.catalog.apiKeys.create({ name: 'viewer', role: 'viewer' })
  const viewer = { RESGUARDO_API_KEY: key }
  const file = ['-f', 'resguardo.yaml']
  t.match(await run('apply', [...file, '--dry-run'], viewer), { code: 0 })
  t.match(await run('apply', file, viewer), { code: 1, stderr: /^FORBIDDEN: / })
  const nobody = { RESGUARDO_API_KEY: '' }
  t.match(await run('apply', file, nobody), { code: 1, stderr: /^CONFIG_INVALID: .*API_KEY/ })
  const away = await run('apply', [...file, '--api', 'http://127.0.0.1:1'])
  t.match(away, { code: 1, stderr: /^DEPENDENCY_UNAVAILABLE: No API answers at http/ })
})

t.test('every problem of the file is told with its line, and nothing is changed', async t => {
  const stack = await startStack(t)
  const { apply, run } = commands(stack)
  const refused = async (file: string) => {
    const { code, stdout, stderr } = await apply(file)
    t.equal(code, 2, stdout)
    t.equal(stdout, '')
    return stderr.trimEnd().split('\n')
  }
  await stack.call('POST', '/v1/channels', {
    name: 'mail',
    kind: 'email',
    settings: { host: 'h', port: 25, secure: 'none', from: 'a@b.de', to: ['a@b.de'] }
  })
  const before = await changes(stack)
  const file = basis(
    stack,
    '/srv/nas',
    `  - { name: mail, kind: slack, secretEnv: SLACK_URL }
  - { name: quiet, kind: slack }
  - { name: hook, kind: slack, secretEnv: SLACK_URL, summary: { cron: 0 8 30 2 * } }
secrets:
  - { name: jwt, kind: jwt, owner: me, rotateDays: 30, rotatedAt: "2999-01-01T00:00:00Z" }
policies:
  - name: daily
    source: shopp
    repository: nas
    copyTo: [nas, away]
    channels: [hook, pager]
    retention: { dayly: 3 }
    schedules:
      - { name: a, cron: 0 25 * * * }
      - { name: a, cron: 0 2 * * 0 }
    maintenance: [{ cron: 0 0 30 2 *, minutes: 5 }]
  - { name: daily, source: shop, repository: nas, timeZone: Mars/Olympus, schedules: [{ name: x, cron: 0 1 * * * }] }
`
  )
  t.match(await refused(file), [
    /^resguardo.yaml:8:25: .channels.1.kind: is email in the installation and never changes$/,
    /^resguardo.yaml:9:5: .channels.2.secret: is required; in this file it is secretEnv or secretFile$/,
    /^resguardo.yaml:10:13: .channels.3.name: the name hook stands there twice$/,
    /^resguardo.yaml:10:63: .channels.3.summary: Cron "0 8 30 2 \*" never occurs$/,
    /^resguardo.yaml:12:67: .secrets.0.rotatedAt: must not be in the future$/,
    /^resguardo.yaml:15:13: .policies.0.source: there is no source shopp, neither in this file nor/,
    /^resguardo.yaml:17:14: .policies.0.copyTo.0: is the repository itself$/,
    /^resguardo.yaml:17:19: .policies.0.copyTo.1: there is no repository away,/,
    /^resguardo.yaml:18:22: .policies.0.channels.1: there is no channel pager,/,
    /^resguardo.yaml:19:18: .policies.0.retention.dayly: unknown field; did you mean daily\?$/,
    /^resguardo.yaml:21:7: .policies.0.schedules: the name a stands there twice$/,
    /^resguardo.yaml:21:26: .policies.0.schedules.0.cron: Cron "0 25 \* \* \*" is not valid/,
    /^resguardo.yaml:23:27: .policies.0.maintenance.0.cron: Cron .* never occurs$/,
    /^resguardo.yaml:24:13: .policies.1.name: the name daily stands there twice$/,
    /^resguardo.yaml:24:104: .policies.1.schedules.0.cron: Time zone "Mars.Olympus" is not known/
  ])
  t.match(await refused('version: 1\nsources: [\n'), [/^resguardo.yaml:3:1: /])
  t.match(await refused('version: 1\nversion: 1\n'), [/:2:1: the same field stands there twice$/])
  t.match(await refused('version: 1\nsources:\n  - { name: a, password: hunter2 }\n'), [
    /:3:5: .sources.0.host: is required/,
    /:3:5: .sources.0.database: is required/,
    /:3:5: .sources.0.user: is required/,
    /:3:16: .sources.0.password: secrets do not belong into this file; give passwordEnv/
  ])
  t.equal(await changes(stack), before)

  const away = await run('apply', ['-f', 'resguardo.yaml', '--api', 'http://127.0.0.1:1'])
  t.match(away, { code: 2, stderr: /:3:16: .*\n.*references were not checked/s })
  t.match(await run('apply', ['-f', 'other.yaml']), { code: 2, stderr: /other.yaml/ })
  t.match(await run('apply', []), { code: 2, stderr: /-f/ })
  t.match(await run('apply', ['--dryrun']), { code: 2, stderr: /dryrun/ })
  t.match(await run('apply', ['--help']), { code: 0, stdout: /Exit code/ })
})

t.test('check tells a monitoring system how things stand', async t => {
  const { stack, worker, check } = await applied(
    t,
    `${unlocked.replace(/ *channels.*\n/, '')}  - { name: weekly, source: shop, repository: nas }\n`
  )
  await stack.until(async () => (await check()).code === 0)
  t.match(await check(), {
    code: 0,
    stdout: /^RESGUARDO OK - 2 policies .* \| daily_backups=0 weekly_backups=0\n$/
  })
  const [daily, weekly] = await items(stack, 'policies')
  await stack.call('POST', `/v1/policies/${daily!.id}/pause`, {})
  t.match(await check(), { code: 1, stdout: /^RESGUARDO WARNING - daily: The policy is paused/ })
  t.match(await check(['--policy', 'weekly']), { code: 0, stdout: /^RESGUARDO OK - weekly: 0/ })
  t.match(await check(['--policy', 'daily']), { code: 1 })

  const age = `UPDATE policies SET created_at = now() - interval '30 hours' WHERE id = $1`
  await query(stack.catalogUrl, age, [weekly!.id])
  const late = await check()
  t.match(late, { code: 2, stdout: /^RESGUARDO CRITICAL - weekly: There is no good backup 30 h/ })
  t.match(late.stdout.split('\n').slice(1), [/^WARNING - daily: The policy is paused/])
  t.match(await check(['--policy', 'daily']), { code: 1 }, 'the other policy is not asked for')

  await worker.stop()
  t.match(await check(), { code: 2, stdout: /^RESGUARDO CRITICAL - No worker/ })

  t.match(await check(['--policy', 'yearly']), { code: 3, stdout: /^RESGUARDO UNKNOWN - .*yearly/ })
  const away = await check(['--api', 'http://127.0.0.1:1'])
  t.match(away, { code: 3, stdout: /^RESGUARDO UNKNOWN - DEPENDENCY_UNAVAILABLE: / })
  const wrong = await check([], { RESGUARDO_API_KEY: 'wrong' })
  t.match(wrong, { code: 3, stdout: /^RESGUARDO UNKNOWN - UNAUTHENTICATED: / })
  const silent = createServer(() => {}).listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const hung = await check(['--timeout', '0.2', '--api', url])
  t.match(hung, { code: 3, stdout: /^RESGUARDO UNKNOWN - DEPENDENCY_UNAVAILABLE: / })
  t.match(await check(['--polcy', 'daily']), { code: 3, stdout: /^RESGUARDO UNKNOWN - / })
  t.match(await check(['--help']), { code: 3 })
})
