import { execFileSync } from 'node:child_process'
import t from 'tap'
import { expectNothingLeft, startScene } from '../support/scene.ts'

/** Scripts that stand in front of the real program; `$REAL "$@"` is the program with its arguments. */
const deaths = {
  'at the start': 'kill -9 $$',
  'in the middle': '$REAL "$@" | head -c 300000; kill -9 $$',
  'after its last byte': '$REAL "$@"; kill -9 $$',
  'after its last byte with exit 1': '$REAL "$@"; exit 1'
}

t.test('a tool that dies', async t => {
  const scene = await startScene(t)
  const { stack, sourceId, repository } = scene
  for (const [when, script] of Object.entries(deaths)) {
    for (const tool of ['pg_dump', 'zstd', 'age']) {
      await t.test(`${tool} killed ${when}`, async t => {
        const dir = await stack.wrapTool(tool, script)
        const env =
          tool === 'pg_dump'
            ? { RESGUARDO_PG_BIN_DIRS: dir }
            : { PATH: `${dir}:${process.env.PATH}` }
        const worker = await stack.startWorker(env)
        const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
        await expectNothingLeft(
          t,
          scene,
          run,
          tool === 'pg_dump' ? 'PG_TOOL_FAILED' : 'TOOL_FAILED'
        )
        t.match(run.error.message, new RegExp(`^${tool} `), 'the tool is named')
        t.equal(run.attempt, run.maxAttempts, 'it was tried again')
        await worker.stop()
        t.same(leftBy(dir), [], 'no process is left')
      })
    }
  }
})

t.test('a tool that is not installed is named', async t => {
  const scene = await startScene(t)
  const { stack, sourceId, repository } = scene
  await stack.startWorker({ PATH: stack.dir })
  const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  t.match(run, { status: 'failed', error: { code: /TOOL_MISSING|PG_CLIENT_MISSING/ } })
})

t.test('a dump that hangs is stopped', async t => {
  const scene = await startScene(t)
  const { stack, sourceId, repository } = scene
  const dir = await stack.wrapTool('pg_dump', '$REAL "$@" | head -c 300000; sleep 600')
  const worker = await stack.startWorker({
    RESGUARDO_PG_BIN_DIRS: dir,
    RESGUARDO_STALL_AFTER_MS: '1000'
  })
  const run = await stack.runEnd((await stack.backup(sourceId, repository.id)).id)
  await expectNothingLeft(t, scene, run, 'TOOL_STALLED')
  await worker.stop()
  t.same(leftBy(dir), [])
})

function leftBy(mark: string): string[] {
  try {
    return execFileSync('pgrep', ['-af', mark], { encoding: 'utf8' }).trim().split('\n')
  } catch {
    return []
  }
}
