import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { connectionFrom } from '../src/connection.ts'

t.test('where the API is, and with which key', async t => {
  const keyFile = join(t.testdir(), 'key')
  writeFileSync(keyFile, 'from-file\n')
  const env = { RESGUARDO_API_KEY: 'k', RESGUARDO_API_URL: 'https://backup.example.com/api/' }
  t.same(connectionFrom(env, undefined), { baseUrl: 'https://backup.example.com/api', key: 'k' })
  t.match(connectionFrom(env, 'http://127.0.0.1:3001'), { baseUrl: 'http://127.0.0.1:3001' })
  t.same(connectionFrom({ RESGUARDO_API_KEY_FILE: keyFile }, undefined), {
    baseUrl: 'http://127.0.0.1:3000',
    key: 'from-file'
  })
})

t.test('what is refused, without showing it', async t => {
  const refuse = (env: NodeJS.ProcessEnv, api?: string) => {
    let error: Error & { code?: string } = new Error('not refused')
    try {
      connectionFrom(env, api)
    } catch (thrown) {
      error = thrown as Error
    }
    t.equal(error.code, 'CONFIG_INVALID')
    t.notMatch(error.message, 'hunter2')
  }
  refuse({})
  refuse({ RESGUARDO_API_KEY: 'hunter2', RESGUARDO_API_KEY_FILE: '/key' })
  refuse({ RESGUARDO_API_KEY: 'hunter2\nhunter2' })
  refuse({ RESGUARDO_API_KEY_FILE: '/does/not/exist' })
  for (const url of [
    'ftp://x',
    'localhost:3000',
    'http://me:hunter2@host',
    'http://host?key=hunter2'
  ])
    refuse({ RESGUARDO_API_KEY: 'k' }, url)
})
