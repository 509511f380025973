import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { cp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { databasesLike } from '../support/postgres.ts'
import { goodBackup, stagingPrefix, startScene } from '../support/scene.ts'

t.test(
  'a backup that is not as it was stored is refused, and nothing of it stays on the target',
  async t => {
    const scene = await startScene(t)
    const { stack, repository, database } = scene
    const first = await goodBackup(scene)
    await database.query("INSERT INTO customer (name) VALUES ('one more')")
    const second = await goodBackup(scene)
    await stack.startWorker()
    const folder = join(repository.path, 'shop/backups', second)
    const other = join(repository.path, 'shop/backups', first)
    const kept = join(stack.dir, 'kept')
    await cp(folder, kept, { recursive: true })
    const archive = join(folder, 'archive.pgdump.zst.age')
    const manifest = join(folder, 'manifest.json')
    const change = async (file: string, edit: (text: string) => string) =>
      writeFile(file, edit(await readFile(file, 'utf8')))

    const damages: Record<string, [() => Promise<unknown>, string]> = {
      'archive truncated': [() => truncate(archive, 1_000_000), 'OBJECT_DAMAGED'],
      'archive emptied': [() => truncate(archive, 0), 'OBJECT_DAMAGED'],
      'archive with one bit flipped': [() => flip(archive), 'OBJECT_DAMAGED'],
      "archive swapped with another backup's": [
        () => cp(join(other, 'archive.pgdump.zst.age'), archive),
        'OBJECT_DAMAGED'
      ],
      'archive missing': [() => rm(archive), 'OBJECT_MISSING'],
      'globals missing': [() => rm(join(folder, 'globals.sql.zst.age')), 'OBJECT_MISSING'],
      'manifest edited': [
        () => change(manifest, text => text.replace('"rows": 60000', '"rows": 59999')),
        'MANIFEST_SIGNATURE_INVALID'
      ],
      'whole manifest and signature of another backup': [
        () =>
          Promise.all(
            ['manifest.json', 'manifest.json.sig'].map(name =>
              cp(join(other, name), join(folder, name))
            )
          ),
        'MANIFEST_INVALID'
      ],
      'manifest missing': [() => rm(manifest), 'MANIFEST_MISSING'],
      'signature missing': [() => rm(`${manifest}.sig`), 'MANIFEST_SIGNATURE_INVALID']
    }
    for (const [name, [damage, code]] of Object.entries(damages)) {
      await t.test(name, async t => {
        await damage()
        const target = `test_${randomBytes(6).toString('hex')}`
        const { run, restore } = await stack.restore(second, target)
        t.match(run, { status: 'failed', error: { code } }, JSON.stringify(run.error))
        t.same(await databasesLike(target), [], 'the target does not exist')
        t.same(await databasesLike(stagingPrefix(restore.id)), [], 'nor a half-made one')
        await rm(folder, { recursive: true })
        await cp(kept, folder, { recursive: true })
      })
    }
  }
)

t.test('a worker without the right identity says so before it touches the target', async t => {
  const scene = await startScene(t)
  const { stack } = scene
  const backupId = await goodBackup(scene)
  const target = `test_${randomBytes(6).toString('hex')}`
  for (const [identity, code] of [
    ['', 'IDENTITY_MISSING'],
    [join(stack.dir, 'no-file'), 'IDENTITY_MISSING'],
    [await newIdentity(stack.dir), 'IDENTITY_WRONG']
  ] as const) {
    const worker = await stack.startWorker({ RESGUARDO_AGE_IDENTITY_FILE: identity })
    const { run, restore } = await stack.restore(backupId, target)
    t.match(run, { status: 'failed', error: { code } }, JSON.stringify(run.error))
    t.match(restore.plan, { ok: false, problems: [{ code }] })
    t.same(await databasesLike(target), [])
    await worker.stop()
  }
})

async function newIdentity(dir: string) {
  const file = join(dir, `identity-${randomBytes(3).toString('hex')}.txt`)
  execFileSync('age-keygen', ['-o', file], { stdio: 'ignore' })
  return file
}

async function flip(path: string) {
  const file = await open(path, 'r+')
  const byte = Buffer.alloc(1)
  await file.read(byte, 0, 1, 500_000)
  byte[0]! ^= 1
  await file.write(byte, 0, 1, 500_000)
  await file.close()
}
