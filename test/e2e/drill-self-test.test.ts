import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { homeDirectory } from '../../services/embedded/src/home.ts'
import { faultsOf } from '../../services/embedded/src/self-test/faults.ts'
import { selfTest } from '../../services/embedded/src/self-test/self-test.ts'

async function home(t: Test) {
  const dir = await mkdtemp(join(tmpdir(), 'resguardo-self-test-'))
  await chmod(dir, 0o755)
  t.teardown(() => rm(dir, { recursive: true, force: true }))
  return dir
}

t.test('the command plants every fault, each alarm rings, and nothing is left', async t => {
  const command = fileURLToPath(new URL('../../services/embedded/src/drill.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [command, 'self-test'])
  for (const { name, expect } of faultsOf({ signingKey: '', brokenShop: '' })) {
    const line = stdout.split('\n').find(text => text.trim().startsWith(`${name} `)) ?? ''
    t.match(line, new RegExp(`${expect.outcome} +as it must`), `${name}: ${line}`)
  }
  t.match(stdout, /Every alarm rang/)
  const left = await readdir(homeDirectory())
  t.same(
    left.filter(name => name.startsWith('self-test-')),
    []
  )
})

t.test('an alarm that does not ring is told', async t => {
  const silent = () => [{ name: 'a', expect: { outcome: 'failed' as const, reason: /./ } }]
  t.equal(await selfTest(await home(t), AbortSignal.timeout(300_000), silent), false)
})
