import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { startScratch } from './scratch.ts'
import { outcomeOf, startScene } from './support.ts'

const kind = 'starts'

t.test('a database that answers and takes writes passes', async t => {
  const { database, context } = await startScene(t, '')
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed', actual: /^PostgreSQL \d+/ })
  await database.query(`ALTER DATABASE ${database.name} SET default_transaction_read_only = on`)
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed' }, 'read-only by its own setting')
})

t.test('one that is in recovery fails', async t => {
  const scratch = await startScratch(t)
  const { context } = await startScene(t, '', { database: scratch.target })
  t.match(await outcomeOf(context, { kind }), { outcome: 'passed' })
  await scratch.whileStopped(async data => writeFileSync(join(data, 'standby.signal'), ''))
  t.match(await outcomeOf(context, { kind }), { outcome: 'failed', actual: /in recovery$/ })
})

t.test('one that cannot be reached says nothing of the backup', async t => {
  const { context } = await startScene(t, '')
  const database = { ...context.database, database: 'not_there' }
  t.match(await outcomeOf({ ...context, database }, { kind }), {
    outcome: 'errored',
    error: { code: 'PG_DATABASE_MISSING' }
  })
})
