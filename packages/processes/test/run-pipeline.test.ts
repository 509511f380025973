import { execFileSync } from 'node:child_process'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { runPipeline, runText, type Stage, StageError } from '../src/index.ts'

const sh = (script: string, name = 'sh'): Stage => ({ name, cmd: 'sh', args: ['-c', script] })

async function bytes(stages: Stage[], options = {}) {
  let n = 0
  for await (const chunk of runPipeline(stages, options)) n += chunk.length
  return n
}

/** Process ids whose command line holds `mark`. */
const alive = (mark: string) => {
  try {
    return execFileSync('pgrep', ['-f', mark], { encoding: 'utf8' }).trim()
  } catch {
    return ''
  }
}

t.test('gives the last stage its bytes when all exit 0', async t => {
  t.equal(await bytes([sh('head -c 5000000 /dev/zero'), sh('cat'), sh('cat')]), 5_000_000)
})

t.test(
  'a source that dies after its last byte is a failure, though the pipe ended cleanly',
  async t => {
    await t.rejects(
      bytes([sh('head -c 100000 /dev/zero; echo sorry >&2; exit 3', 'dump'), sh('cat')]),
      {
        name: 'StageError',
        stage: 'dump',
        exitCode: 3,
        message: /dump exited with 3: sorry/
      }
    )
  }
)

t.test('blames the stage that failed first, not those it broke', async t => {
  await t.rejects(
    bytes([
      sh('cat /dev/zero', 'source'),
      sh('head -c 10 >/dev/null; exit 7', 'middle'),
      sh('cat', 'last')
    ]),
    {
      name: 'StageError',
      stage: 'middle',
      exitCode: 7
    }
  )
  await t.rejects(bytes([sh('kill -9 $$', 'killed'), sh('cat')]), {
    name: 'StageError',
    stage: 'killed',
    signal: 'SIGKILL'
  })
})

t.test('a missing program is named', async t => {
  await t.rejects(bytes([{ name: 'zzz', cmd: 'no-such-program', args: [] }]), {
    code: 'TOOL_MISSING',
    message: /no-such-program/
  })
  await t.rejects(bytes([sh('cat /dev/zero'), { name: 'zzz', cmd: 'no-such-program', args: [] }]), {
    code: 'TOOL_MISSING'
  })
})

t.test(
  'an abort ends all processes, also one that ignores SIGTERM, and throws the reason',
  async t => {
    const mark = `mark-${process.pid}-abort`
    const stopper = new AbortController()
    const reason = new Error('cancelled by test')
    const work = bytes([sh(`: ${mark}; trap '' TERM; cat /dev/zero`), sh('cat')], {
      signal: stopper.signal,
      killGraceMs: 200,
      onStarted: () => setTimeout(() => stopper.abort(reason), 50)
    })
    await t.rejects(work, reason)
    t.equal(alive(mark), '')
  }
)

t.test('a reader that stops early or throws leaves no process', async t => {
  const mark = `mark-${process.pid}-early`
  for await (const _ of runPipeline([sh(`: ${mark}; cat /dev/zero`)])) break
  t.equal(alive(mark), '')
  await t.rejects(
    async () => {
      for await (const _ of runPipeline([sh(`: ${mark}; cat /dev/zero`)]))
        throw new Error('reader broke')
    },
    { message: 'reader broke' }
  )
  t.equal(alive(mark), '')
})

t.test("feeds input and throws the input's own error", async t => {
  t.equal(await runText([sh('tr a b')], { input: from(['aaa', 'ca']) }), 'bbbcb')
  async function* broken() {
    yield Buffer.from('x')
    throw new Error('source of bytes died')
  }
  await t.rejects(runText([sh('cat'), sh('cat')], { input: broken() }), {
    message: 'source of bytes died'
  })
})

t.test(
  'a stage that stops reading its input early fails or passes by its exit code alone',
  async t => {
    async function* endless() {
      for (;;) yield Buffer.alloc(65_536)
    }
    await t.rejects(runText([sh('head -c 5 >/dev/null; exit 4', 'picky')], { input: endless() }), {
      name: 'StageError',
      stage: 'picky',
      exitCode: 4
    })
    t.equal(await runText([sh('head -c 5 >/dev/null; echo ok')], { input: endless() }), 'ok\n')
  }
)

t.test('a pipeline that moves no byte is stopped', async t => {
  const mark = `mark-${process.pid}-stall`
  await t.rejects(bytes([sh(`: ${mark}; sleep 60`)], { stallAfterMs: 150, killGraceMs: 200 }), {
    code: 'TOOL_STALLED'
  })
  t.equal(alive(mark), '')
})

t.test('tools get none of our environment', async t => {
  process.env.RESGUARDO_MASTER_KEY = 'very-secret'
  t.teardown(() => delete process.env.RESGUARDO_MASTER_KEY)
  t.notMatch(await runText([{ name: 'env', cmd: 'env', args: [] }]), /very-secret/)
})

t.test('StageError keeps the tail of stderr', async t => {
  const error = await runText([sh('yes line | head -n 50000 >&2; exit 1')]).catch(e => e)
  t.ok(error instanceof StageError)
  t.equal(error.stderr.length, 65_536)
})

async function* from(texts: string[]) {
  for (const text of texts) yield Buffer.from(text)
}

t.test(
  'the last stage writes to a file by itself; how it and the others end is told as ever',
  async t => {
    const path = join(t.testdir(), 'out')
    await using file = await open(path, 'wx', 0o600)
    async function* input() {
      yield Buffer.from('from us ')
    }
    const stages = [sh('cat; printf and'), sh('cat; printf " themselves"')]
    t.equal(await bytes(stages, { output: file.fd, input: input() }), 0)
    t.equal(await readFile(path, 'utf8'), 'from us and themselves')

    await t.rejects(bytes([sh('exit 3', 'first'), sh('cat')], { output: file.fd }), {
      name: 'StageError',
      stage: 'first',
      exitCode: 3
    })
    await using full = await open('/dev/full', 'w')
    await t.rejects(bytes([sh('printf x'), sh('cat', 'last')], { output: full.fd }), {
      name: 'StageError',
      stage: 'last',
      stderr: /No space left on device/
    })
    const abort = new AbortController()
    const mark = `sleep 4${process.pid}`
    const waiting = bytes([sh(mark), sh('cat')], { output: file.fd, signal: abort.signal })
    setTimeout(() => abort.abort(new Error('enough')), 100)
    await t.rejects(waiting, { message: 'enough' })
    t.equal(alive(mark), '')
  }
)

t.test(
  'a stage that closes its output and fails later is blamed, not the one that saw the end',
  async t => {
    const stages = [
      sh('exec >&-; sleep 0.3; exit 3', 'source'),
      sh('cat >/dev/null; exit 4', 'last')
    ]
    await t.rejects(bytes(stages), { name: 'StageError', stage: 'source', exitCode: 3 })
  }
)
