import type { ManifestObject } from '@resguardo/repository'
import t from 'tap'
import { spreadTables } from '../src/logical/spread-tables.ts'

const stream = (name: string, part: number, plainBytes: number) =>
  ({ key: `${name}${part}`, plainBytes, table: { schema: 'public', name } }) as ManifestObject

t.test(
  'tasks at once fill different tables, the largest first, and a rest shares what is left',
  async t => {
    const streams = [
      ...[1, 2, 3].map(part => stream('big', part, 100)),
      ...[1, 2].map(part => stream('middle', part, 100)),
      stream('small', 1, 10)
    ]
    const started: string[] = []
    const ends = new Map<string, () => void>()
    const tasks = spreadTables(streams, ({ key }) => {
      started.push(key)
      return new Promise(resolve => ends.set(key, resolve))
    })
    const begin = () => tasks.next().value?.(new AbortController().signal)
    const end = async (key: string) => {
      ends.get(key)!()
      await new Promise(setImmediate)
    }
    for (const _ of [1, 2, 3]) begin()
    t.same(started.splice(0), ['big1', 'middle1', 'small1'])
    begin()
    t.same(started.splice(0), ['big2'], 'no table is free: the one with the most to come')
    await end('big1')
    await end('big2')
    begin()
    t.same(started.splice(0), ['big3'], 'nobody fills it now')
    begin()
    t.same(started.splice(0), ['middle2'], 'what is left, though another fills that table')
    t.ok(tasks.next().done)
  }
)

t.test('a failure is thrown on, and its table is free again', async t => {
  const tasks = spreadTables(
    [stream('a', 1, 1), stream('a', 2, 1), stream('b', 1, 1)],
    async ({ key }) => {
      if (key === 'a1') throw new Error('a1')
    }
  )
  const { signal } = new AbortController()
  await t.rejects(tasks.next().value!(signal), { message: 'a1' })
  t.equal([...tasks].length, 2)
})
