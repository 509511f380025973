import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { ConfigSchema, loadConfig } from '../src/index.ts'

/** What loadConfig says is wrong, one problem a line. */
function problemsOf(env: Record<string, string>, required: Parameters<typeof loadConfig>[1] = []) {
  try {
    loadConfig(env, required)
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    if (code !== 'CONFIG_INVALID') throw error
    return message.split('\n  ').slice(1)
  }
  return []
}

t.test('an empty environment gives every default, and nothing can change it later', async t => {
  const config = loadConfig({})
  t.same(Object.keys(config).sort(), Object.keys(ConfigSchema.properties).sort())
  t.match(config, { LOG_LEVEL: 'info', API_PORT: 3000, REDIS_PREFIX: 'resguardo', MASTER_KEY: '' })
  t.throws(() => Object.assign(config, { API_PORT: 1 }), TypeError)
  t.equal(config.API_PORT, 3000)
})

t.test('numbers come as numbers, others keep their text', async t => {
  const config = loadConfig({
    RESGUARDO_API_PORT: '0',
    RESGUARDO_WORKER_CONCURRENCY: '64',
    RESGUARDO_ENV: '2026'
  })
  t.match(config, { API_PORT: 0, WORKER_CONCURRENCY: 64, ENV: '2026' })
})

t.test('every problem is reported at once', async t => {
  const problems = problemsOf(
    {
      RESGUARDO_API_PORT: '70000',
      RESGUARDO_WORKER_CONCURRENCY: 'many',
      RESGUARDO_HEARTBEAT_MS: '-5',
      RESGUARDO_REDIS_PREFIX: 'Not a prefix',
      RESGUARDO_MASTERKEY: 'typing error',
      RESGUARDO_SIGNING_KEY_FILE: '/no/such/file'
    },
    ['CATALOG_URL', 'REDIS_URL']
  ).join('\n')
  for (const wrong of [
    /^RESGUARDO_API_PORT .*65535/m,
    /^RESGUARDO_WORKER_CONCURRENCY .*integer/m,
    /^RESGUARDO_HEARTBEAT_MS .*100/m,
    /^RESGUARDO_REDIS_PREFIX /m,
    /^RESGUARDO_MASTERKEY is not a known variable/m,
    /^RESGUARDO_SIGNING_KEY_FILE cannot be read: ENOENT/m,
    /^RESGUARDO_CATALOG_URL is not set/m,
    /^RESGUARDO_REDIS_URL is not set/m
  ])
    t.match(problems, wrong)
})

t.test('variables of others and empty ones do not count', async t => {
  const config = loadConfig({ PATH: '/bin', RESGUARDO: 'x', RESGUARDO_LOG_LEVEL: '' })
  t.equal(config.LOG_LEVEL, 'info')
  t.same(problemsOf({ RESGUARDO_CATALOG_URL: '' }, ['CATALOG_URL']), [
    'RESGUARDO_CATALOG_URL is not set'
  ])
})

t.test('a secret is read from its file, without the newline an editor leaves', async t => {
  const file = join(t.testdir({ key: 'first line\nlast line\n' }), 'key')
  const config = loadConfig({ RESGUARDO_SIGNING_KEY_FILE: file }, ['SIGNING_KEY'])
  t.equal(config.SIGNING_KEY, 'first line\nlast line')
  t.notOk('SIGNING_KEY_FILE' in config)
})

t.test('an empty secret file is as good as none', async t => {
  const file = join(t.testdir({ key: '\n' }), 'key')
  t.same(problemsOf({ RESGUARDO_MASTER_KEY_FILE: file }, ['MASTER_KEY']), [
    'RESGUARDO_MASTER_KEY is not set'
  ])
})

t.test('a secret given twice is refused in either order, without showing it', async t => {
  const file = join(t.testdir({ key: 'from-the-file' }), 'key')
  const both = { RESGUARDO_MASTER_KEY: 'from-the-env', RESGUARDO_MASTER_KEY_FILE: file }
  for (const env of [both, Object.fromEntries(Object.entries(both).reverse())]) {
    const problems = problemsOf(env)
    t.same(problems, ['RESGUARDO_MASTER_KEY and RESGUARDO_MASTER_KEY_FILE are both set'])
    t.notMatch(problems.join(), /from-the/)
  }
})

t.test('only secrets may come from a file; a path stays a path', async t => {
  const file = join(t.testdir({ host: '0.0.0.0' }), 'host')
  t.same(problemsOf({ RESGUARDO_API_HOST_FILE: file }), [
    'RESGUARDO_API_HOST_FILE is not a known variable'
  ])
  t.equal(loadConfig({ RESGUARDO_AGE_IDENTITY_FILE: file }).AGE_IDENTITY_FILE, file)
})

t.test('a value that is none of those allowed is refused', async t => {
  for (const level of ['loud', 'INFO', '1'])
    t.match(problemsOf({ RESGUARDO_LOG_LEVEL: level }).join(), /^RESGUARDO_LOG_LEVEL /, level)
})

t.test('no problem shows the value of a secret', async t => {
  const file = join(t.testdir(), 'url')
  writeFileSync(file, 'postgres://u:hunter2@db/catalog')
  chmodSync(file, 0o600)
  const problems = problemsOf({
    RESGUARDO_CATALOG_URL_FILE: file,
    RESGUARDO_MASTER_KEY: 'hunter2',
    RESGUARDO_API_PORT: 'x'
  })
  t.same(problems, ['RESGUARDO_API_PORT must be integer'])
})
