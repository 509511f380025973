import t from 'tap'
import { type ConfigFile, type Entry, listNames } from '../src/config-file/config-file.ts'
import { readYaml } from '../src/config-file/read-yaml.ts'
import { fileSchema } from '../src/config-file/schema.ts'
import { schemaProblems } from '../src/config-file/schema-problems.ts'
import { completeEntry } from '../src/installation/complete-entry.ts'
import { exportConfig } from '../src/installation/export-config.ts'
import type { Installation } from '../src/installation/read-installation.ts'
import { makePlan } from '../src/plan/make-plan.ts'

const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const recipients = [`age1${'q'.repeat(58)}`]
const mail = {
  host: 'mail',
  port: 587,
  secure: 'starttls',
  user: 'u',
  from: 'a@b.de',
  to: ['c@d.de']
}

/** Some of everything, with what is easily lost: certificates, profiles, hooks, values that a YAML reader may take for others. */
const file = {
  version: 1,
  sources: [
    {
      name: 'shop',
      host: 'db',
      database: 'no',
      user: '007',
      sslMode: 'verify-full',
      sslRootCert: pem
    },
    { name: 'plain', host: '/run/postgresql', port: 5433, database: 'x', user: 'y' }
  ],
  repositories: [
    { name: 'nas', kind: 'local', settings: { path: '/srv' }, recipients },
    { name: 's3', kind: 's3', settings: { bucket: 'backups', pathStyle: true }, recipients }
  ],
  channels: [
    { name: 'mail', kind: 'email', settings: mail, summary: { cron: '0 8 * * 1' } },
    { name: 'slack', kind: 'slack' },
    { name: 'hook', kind: 'webhook', settings: { url: 'https://h/', headers: { 'X-A': 'yes' } } }
  ],
  secrets: [
    { name: 'jwt', kind: 'jwt', owner: 'me', rotateDays: 30, rotatedAt: '2026-01-01T00:00:00Z' }
  ],
  policies: [
    {
      name: 'health',
      source: 'shop',
      repository: 's3',
      profile: 'health-data',
      retention: { minimumRedundancy: 1 },
      lock: { mode: 'compliance', maxDays: 400 }
    },
    {
      name: 'daily',
      source: 'plain',
      repository: 'nas',
      copyTo: ['s3'],
      channels: ['mail', 'slack'],
      options: { schemas: ['public'], contentHash: 'full' },
      schedules: [{ name: 'night', cron: '0 1 * * *', jitterSeconds: 60 }],
      tiers: [{ class: 'STANDARD_IA', afterDays: 30 }],
      hooks: {
        before: [{ name: 'a', kind: 'sql', sql: 'SELECT 1;\nSELECT 2;' }],
        after: [{ name: 'b', kind: 'http', url: 'https://h/', method: 'PUT', onFailure: 'warn' }]
      }
    },
    { name: 'bare', source: 'plain', repository: 'nas' }
  ]
} satisfies ConfigFile

/** An installation that the file was applied to. */
const installation = Object.fromEntries(
  listNames.map(list => [
    list,
    file[list].map((entry: Entry) => ({
      id: `id of ${entry.name}`,
      entry: completeEntry(list, entry),
      hasSecret: list === 'channels',
      ...(list === 'repositories' && { state: 'ready' })
    }))
  ])
) as Installation

const noOptions = { secrets: false, prune: true }
const actions = (wanted: ConfigFile) =>
  makePlan(wanted, installation, noOptions)
    .filter(({ action }) => action !== 'keep')
    .map(({ action, name }) => `${action} ${name}`)

t.test('what was applied needs nothing done', async t => {
  t.same(schemaProblems(fileSchema, file), [])
  t.same(actions(file), [])
})

t.test('what is exported fits the schema and changes nothing', async t => {
  const exported = exportConfig(installation)
  const { value, problems } = readYaml(exported)
  t.same(problems, [])
  t.same(schemaProblems(fileSchema, value), [])
  t.same(actions(value as ConfigFile), [])
  t.match(value, { policies: [{}, {}, { name: 'bare', source: 'plain', repository: 'nas' }] })
  t.same(Object.keys((value as ConfigFile).policies![2]!), ['name', 'source', 'repository'])
  t.equal(exported.match(/# has a secret/g)?.length, 3)
})

t.test('an empty installation is exported as an empty file', async t => {
  const empty = Object.fromEntries(listNames.map(list => [list, []])) as unknown as Installation
  t.same(readYaml(exportConfig(empty)).value, { version: 1 })
})

t.test('what the API cannot take back is not asked for', async t => {
  const [shop, plain] = file.sources as Entry[]
  const { sslRootCert, ...bare } = shop!
  t.same(actions({ ...file, sources: [bare, plain!] }), [], 'a certificate stays')
  const rotated = (rotatedAt: string) => ({
    ...file,
    secrets: [{ ...file.secrets[0]!, rotatedAt }]
  })
  t.same(actions(rotated('2025-12-31T00:00:00Z')), [], 'the newer date counts')
  t.same(
    actions(rotated('2025-12-31T23:30:00-03:00')),
    ['change jwt'],
    'which is a moment, no text'
  )
})

t.test('a policy falls back to what its profile says', async t => {
  const [first, ...others] = file.policies as Entry[]
  const { retention, ...health } = first!
  const [step] = makePlan(
    { ...file, policies: [health, ...others] },
    installation,
    noOptions
  ).filter(({ action }) => action === 'change')
  t.match(step, { differences: [{ path: 'retention.minimumRedundancy', from: 1, to: 2 }] })
})

t.test('secrets, repositories that are not ready, and pruning', async t => {
  const { channels, repositories } = file
  const hook = { ...channels[2]!, secretEnv: 'KEY' }
  const withKey = { ...file, channels: [channels[0]!, channels[1]!, hook] }
  t.same(actions(withKey), [], 'a reference cannot be compared')
  const sent = makePlan(withKey, installation, { secrets: true, prune: false })
  t.match(
    sent.find(({ action }) => action === 'change'),
    {
      name: 'hook',
      differences: [{ path: 'secretEnv', from: undefined, to: 'KEY' }]
    }
  )
  const s3 = { ...repositories[1]!, secretAccessKeyEnv: 'S3' }
  t.same(
    actions({ ...file, repositories: [repositories[0]!, s3] }),
    ['change s3'],
    'there was none'
  )

  const failed = structuredClone(installation)
  failed.repositories[0]!.state = 'failed'
  t.match(makePlan(file, failed, noOptions)[2], { name: 'nas', action: 'probe' })
  t.ok(
    actions({ version: 1 }).every(one => one.startsWith('leave ')),
    'no list, no say'
  )
  t.same(actions({ version: 1, policies: [file.policies[0]!], channels: [], sources: [] }), [
    'delete daily',
    'delete bare',
    'leave jwt',
    'delete mail',
    'delete slack',
    'delete hook',
    'leave nas',
    'leave s3',
    'leave shop',
    'leave plain'
  ])
})
