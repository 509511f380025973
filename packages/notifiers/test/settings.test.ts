import { execFileSync } from 'node:child_process'
import t from 'tap'
import { notifiers } from '../src/index.ts'
import { settingsOf } from '../src/settings.ts'

t.test(
  'every kind has settings, closed and described, and is named as it is registered',
  async t => {
    t.same(Object.keys(notifiers), Object.keys(settingsOf))
    for (const [kind, notifier] of Object.entries(notifiers)) t.equal(notifier.kind, kind)
    for (const schema of Object.values(settingsOf)) t.match(schema, { additionalProperties: false })
  }
)

t.test('the settings alone load no mailer', async t => {
  const script = `
    import { registerHooks } from 'node:module'
    registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) })
    await import(${JSON.stringify(new URL('../src/settings.ts', import.meta.url).href)})`
  const loaded = execFileSync(process.execPath, ['--input-type=module', '-e', script]).toString()
  t.match(loaded, /typebox/)
  t.notMatch(loaded, /nodemailer|registry|\/shared\//)
})
