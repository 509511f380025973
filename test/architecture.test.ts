import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Who may import whom; imports point only down. A new package or edge is a decision to be made here. */
const allowed: Record<string, string[]> = {
  'packages/shared': [],
  'packages/domain': [],
  'packages/api-client': ['shared'],
  'packages/processes': ['shared'],
  'packages/storage': ['shared'],
  'packages/notifiers': ['shared'],
  'packages/pg-tools': ['shared', 'processes'],
  'packages/jobs': ['shared'],
  'packages/catalog': ['shared', 'domain'],
  'packages/repository': ['shared', 'domain', 'processes', 'storage'],
  'packages/drills': ['shared', 'domain', 'processes', 'pg-tools', 'repository', 'engines'],
  'packages/engines': ['shared', 'domain', 'processes', 'pg-tools', 'repository', 'storage'],
  // Of engines, storage and notifiers only the option schemas, of drills what computes, see below.
  'services/api': [
    'shared',
    'domain',
    'catalog',
    'jobs',
    'engines',
    'storage',
    'notifiers',
    'drills'
  ],
  'services/worker': [
    'shared',
    'domain',
    'catalog',
    'jobs',
    'engines',
    'drills',
    'storage',
    'notifiers',
    'repository',
    'pg-tools',
    'processes'
  ],
  'services/cli': ['shared', 'domain', 'catalog', 'api', 'drills', 'api-client'],
  'services/embedded': ['shared', 'pg-tools', 'processes', 'catalog', 'repository', 'api-client']
}

const folders = ['packages', 'services'].flatMap(parent =>
  readdirSync(join(root, parent)).map(name => `${parent}/${name}`)
)

const sources = (folder: string) =>
  readdirSync(join(root, folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.ts'))
    .map(name => ({
      file: `${folder}/src/${name}`,
      text: readFileSync(join(root, folder, 'src', name), 'utf8')
    }))

const importsOf = (text: string) =>
  [...text.matchAll(/(?<!')\b(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1]!)

t.test('every package is in the table', async t => {
  t.same(folders.sort(), Object.keys(allowed).sort())
})

for (const folder of folders) {
  t.test(`${folder} depends only downwards and declares what it imports`, async t => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const declared = Object.keys(manifest.dependencies ?? {})
    const ours = declared
      .filter(name => name.startsWith('@resguardo/'))
      .map(name => name.slice('@resguardo/'.length))
    for (const name of ours) t.ok(allowed[folder]?.includes(name), `${folder} → ${name}`)
    const used = new Set<string>()
    for (const { file, text } of sources(folder)) {
      for (const specifier of importsOf(text)) {
        if (specifier.startsWith('node:')) continue
        if (specifier.startsWith('.')) {
          t.ok(specifier.endsWith('.ts'), `${file} imports ${specifier} with its extension`)
          t.notOk(
            join(file, '..', specifier).startsWith('..') ||
              !join(file, '..', specifier).startsWith(`${folder}/src`),
            `${file} stays in its package`
          )
          continue
        }
        const name = specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/')
        used.add(name)
        t.ok(declared.includes(name), `${file} imports ${name}`)
      }
    }
    for (const name of declared)
      t.ok(used.has(name) || isUsedByOthers(folder, name), `${folder} uses ${name}`)
  })
}

/** Dependencies that are read by name at run time or are peers of one that is imported. */
function isUsedByOthers(folder: string, name: string) {
  const peers: Record<string, string[]> = {
    'services/api': ['@bull-board/ui', '@fastify/swagger-ui'],
    'packages/jobs': ['ioredis'],
    'services/worker': ['ioredis']
  }
  return peers[folder]?.includes(name) ?? false
}

t.test('the API opens no storage, runs no engine and starts no process', async t => {
  for (const { file, text } of sources('services/api')) {
    for (const specifier of importsOf(text)) {
      t.notOk(
        [
          '@resguardo/engines',
          '@resguardo/storage',
          '@resguardo/notifiers',
          '@resguardo/repository',
          '@resguardo/drills',
          '@resguardo/processes',
          '@resguardo/pg-tools',
          'node:child_process'
        ].includes(specifier),
        `${file} imports ${specifier}`
      )
    }
  }
})

t.test(
  'only config.ts of shared reads the environment; entry points and children pass it on',
  async t => {
    const mayRead = [
      'packages/shared/src/config.ts',
      'packages/processes/src/environment.ts',
      'packages/pg-tools/src/client-programs.ts',
      'services/api/src/main.ts',
      'services/worker/src/main.ts',
      'services/cli/src/apply.ts',
      'services/cli/src/check.ts',
      'services/cli/src/keys.ts',
      'services/cli/src/evidence.ts',
      'services/cli/src/migrate.ts',
      'services/cli/src/rotate-master-key.ts',
      'services/embedded/src/embedded-stack.ts'
    ]
    for (const folder of folders) {
      for (const { file, text } of sources(folder)) {
        if (!mayRead.includes(file)) t.notMatch(text, /process\.env\b/, file)
      }
    }
  }
)

t.test('domain is pure: no I/O, no clock, no randomness', async t => {
  for (const { file, text } of sources('packages/domain')) {
    t.notMatch(text, /from 'node:|Date\.now|new Date\(\)|Math\.random|process\./, file)
  }
})

t.test('one place makes BullMQ workers', async t => {
  const makers = folders
    .flatMap(sources)
    .filter(({ text }) => /new Worker\([^n]/.test(text) && text.includes("from 'bullmq'"))
  t.same(
    makers.map(({ file }) => file),
    ['services/worker/src/start-worker.ts']
  )
})
