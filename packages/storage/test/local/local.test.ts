import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  chmod,
  type FileHandle,
  mkdir,
  mkdtemp,
  open,
  readdir,
  rm,
  stat,
  utimes,
  writeFile
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { storages } from '../../src/index.ts'
import { digest, digestOf, endingIn, inPieces, keys, PART, random } from '../bodies.ts'

const openLocal = (path: string) => storages.local.open({ path })

t.test('files are for their owner only, whatever the umask', async t => {
  const path = t.testdir()
  const umask = process.umask(0)
  t.teardown(() => process.umask(umask))
  const storage = openLocal(path)
  const stalled = Promise.withResolvers<void>()
  const write = storage.write('folder/below/object', endingIn(10, stalled.promise).body)
  const [name] = await appearing(join(path, '.unfinished'))
  t.equal(await mode(join(path, '.unfinished')), 0o700)
  t.equal(await mode(join(path, '.unfinished', name!)), 0o600, 'also while it is written')
  stalled.resolve()
  await write
  for (const folder of ['folder', 'folder/below']) t.equal(await mode(join(path, folder)), 0o700)
  t.equal(await mode(join(path, 'folder/below/object')), 0o600)
})

t.test('the bytes are on the disk before the name is, and the name before it is told', async t => {
  const path = t.testdir()
  const storage = openLocal(path)
  const final = join(path, 'new/folder/object')
  const synced: string[] = []
  await spyOnSync(t, async handle => {
    const found = await handle.stat()
    const when = existsSync(final) ? 'after' : 'before'
    if (found.isFile()) synced.push(`${found.size} bytes ${when} the name`)
    else synced.push(`${await nameOf(path, found.ino)} ${when} the name`)
  })
  for (const ifAbsent of [false, true]) {
    synced.length = 0
    await rm(join(path, 'new'), { recursive: true, force: true })
    await storage.write('new/folder/object', inPieces(random(PART)), { ifAbsent })
    t.equal(synced.shift(), `${PART} bytes before the name`)
    t.same(
      new Set(synced),
      new Set(['. after', 'new after', 'new/folder after'].map(s => `${s} the name`))
    )
  }
})

t.test('what is being written is in no list', async t => {
  const path = t.testdir()
  const storage = openLocal(path)
  const stalled = Promise.withResolvers<void>()
  const write = storage.write('a/b', endingIn(10, stalled.promise).body)
  const [name] = await appearing(join(path, '.unfinished'))
  t.match(name, /^a%2Fb~[0-9a-f]{16}$/)
  for (const prefix of ['', '.', '.unfinished', '.unfinished/', `.unfinished/${name}`])
    t.same(await keys(storage, prefix), [], `below ${prefix}`)
  stalled.resolve()
  await write
  t.same(await keys(storage, ''), ['a/b'])
  t.same(await readdir(path), ['.unfinished', 'a'])
})

t.test('of large bodies that race with ifAbsent one wins', async t => {
  const storage = openLocal(t.testdir())
  const bodies = Array.from({ length: 4 }, () => random(2 * PART))
  const ends = await Promise.allSettled(
    bodies.map(body => storage.write('race', inPieces(body), { ifAbsent: true }))
  )
  const winners = bodies.filter((_, i) => ends[i]!.status === 'fulfilled')
  t.equal(winners.length, 1)
  t.same(await digest(await storage.read('race')), digestOf(winners[0]!))
})

t.test('a directory that is not there, or is a file, is never made up', async t => {
  const dir = t.testdir({ file: 'x' })
  for (const path of [join(dir, 'missing'), join(dir, 'file')]) {
    const storage = openLocal(path)
    const missing = { name: 'AppError', code: 'STORAGE_BUCKET_MISSING', hint: /mount/ }
    const source = endingIn(10, Promise.resolve())
    await t.rejects(storage.write('k', source.body), missing)
    t.equal(source.pieces, 0)
    await t.rejects(storage.read('k'), missing)
    await t.rejects(storage.head('k'), missing)
    await t.rejects(keys(storage, ''), missing)
    await t.rejects(storage.delete('k'), missing)
    await t.rejects(storage.removeUnfinished('', new Date()), missing)
    await t.rejects(storage.probe(), { ...missing, message: /^Probe step write: / })
  }
  t.same(await readdir(dir), ['file'])
})

t.test('a directory that may not be written to', async t => {
  const path = await mkdtemp(join(tmpdir(), 'storage-denied-'))
  t.teardown(() => rm(path, { recursive: true }))
  const storage = openLocal(path)
  const body = random(10)
  await storage.write('a/old', inPieces(body))
  const denied = { name: 'AppError', code: 'STORAGE_DENIED', hint: /permissions/ }

  await t.test('read-only', async t => {
    await chmod(path, 0o755)
    for (const folder of ['.unfinished', 'a']) await chmod(join(path, folder), 0o555)
    await chmod(join(path, 'a/old'), 0o444)
    await asNobody(t, async () => {
      const source = endingIn(10, Promise.resolve())
      await t.rejects(storage.write('a/new', source.body), denied)
      t.equal(source.pieces, 0)
      await t.rejects(storage.delete('a/old'), denied)
      await t.rejects(storage.probe(), { ...denied, message: /^Probe step write: / })
      t.same(await digest(await storage.read('a/old')), digestOf(body), 'reading is allowed')
      t.same(await keys(storage, ''), ['a/old'])
    })
  })

  await t.test('not even readable', async t => {
    await chmod(join(path, 'a'), 0)
    await asNobody(t, async () => {
      await t.rejects(storage.read('a/old'), denied)
      await t.rejects(storage.head('a/old'), denied, 'forbidden is not absent')
      await t.rejects(keys(storage, ''), denied, 'forbidden is not empty')
    })
  })
})

t.test('a disk that fills up', async t => {
  if (process.getuid?.() !== 0) return void t.comment('needs root to mount a small tmpfs')
  const path = await mkdtemp(join(tmpdir(), 'storage-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', path])
  t.teardown(async () => {
    execFileSync('umount', ['-l', path])
    await rm(path, { recursive: true })
  })
  const storage = openLocal(path)
  const body = random(1_000_000)
  await storage.write('old', inPieces(body))
  const source = endingIn(5_000_000, Promise.resolve())
  await t.rejects(storage.write('large', source.body), {
    name: 'AppError',
    code: 'STORAGE_FULL',
    hint: /Free space/
  })
  t.ok(source.closed)
  t.same(await keys(storage, ''), ['old'])
  t.same(await readdir(join(path, '.unfinished')), [], 'the space is free again')
  t.same(await storage.write('fits', inPieces(random(1_900_000))), { bytes: 1_900_000 })
  t.same(await digest(await storage.read('old')), digestOf(body))
})

t.test("others' files and folders are no objects and do not stop a list", async t => {
  const path = t.testdir({ 'lost+found': { 'my notes.txt': '' }, 'my notes.txt': '' })
  const storage = openLocal(path)
  await storage.write('a/b', inPieces(random(1)))
  await writeFile(join(path, 'a', 'b (copy)'), '')
  await mkdir(join(path, 'a', 'empty'))
  t.same(await keys(storage, ''), ['a/b'])
  t.same(await keys(storage, 'a/'), ['a/b'])
})

t.test('removeUnfinished tells old from young by time', async t => {
  const path = t.testdir({
    '.unfinished': { 'a%2Fold~00': '', 'a%2Fyoung~00': '', 'b%2Fold~00': '' }
  })
  const storage = openLocal(path)
  const hourAgo = new Date(Date.now() - 3_600_000)
  for (const name of ['a%2Fold~00', 'b%2Fold~00'])
    await utimes(join(path, '.unfinished', name), hourAgo, hourAgo)
  t.equal(await storage.removeUnfinished('a/', new Date(Date.now() - 60_000)), 1)
  t.same(await readdir(join(path, '.unfinished')), ['a%2Fyoung~00', 'b%2Fold~00'])
  await writeFile(join(path, '.unfinished', '100%~00'), '')
  t.equal(await storage.removeUnfinished('b/', new Date()), 1, "another program's name is no error")
})

t.test('a disk that cannot be read', async t => {
  const storage = openLocal(t.testdir())
  await storage.write('k', inPieces(random(1_000_000)))
  const stream = await storage.read('k')
  const prototype = await handlePrototype(t)
  t.intercept(prototype, 'read', {
    value: async () => {
      throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', syscall: 'read' })
    }
  })
  await t.rejects(digest(stream), {
    name: 'AppError',
    code: 'STORAGE_FAILED',
    message: 'k: EIO on read'
  })
})

t.test('delete takes emptied folders, but never the directory itself', async t => {
  const path = t.testdir()
  const storage = openLocal(path)
  await storage.write('a/b/c', inPieces(random(1)))
  await storage.write('a/d', inPieces(random(1)))
  await storage.delete('a/b/c')
  t.same(await readdir(join(path, 'a')), ['d'])
  await storage.delete('a/d')
  await rm(join(path, '.unfinished'), { recursive: true })
  await storage.write('e', inPieces(random(1)))
  await storage.delete('e')
  t.same(await readdir(path), ['.unfinished'])
})

t.test('settings that are not a local directory are refused', async t => {
  for (const settings of [{}, { path: 'relative' }, { path: '/x', bucket: 'b' }])
    t.throws(() => storages.local.open(settings as { path: string }), { code: 'VALIDATION_FAILED' })
})

const mode = async (path: string) => (await stat(path)).mode & 0o777

/** The names in a folder once there are some. */
async function appearing(dir: string) {
  for (;;) {
    const names = await readdir(dir).catch(() => [])
    if (names.length > 0) return names
    await new Promise(resolve => setTimeout(resolve, 10))
  }
}

async function handlePrototype(t: Test): Promise<FileHandle> {
  const handle = await open(t.testdirName)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  return prototype
}

async function spyOnSync(t: Test, seen: (handle: FileHandle) => Promise<void>) {
  const prototype = await handlePrototype(t)
  const { sync } = prototype
  t.intercept(prototype, 'sync', {
    async value(this: FileHandle) {
      await seen(this)
      return sync.call(this)
    }
  })
}

/** Path below `root` of the folder with this inode. */
async function nameOf(root: string, ino: number) {
  for (const name of ['.', ...(await readdir(root, { recursive: true }))])
    if ((await stat(join(root, name))).ino === ino) return name
}

/** As root nothing is forbidden: runs `work` as another user then. */
async function asNobody(t: Test, work: () => Promise<void>) {
  if (process.getuid?.() !== 0) return work()
  process.seteuid!('nobody')
  try {
    await work()
  } finally {
    process.seteuid!(0)
  }
  t.equal(process.geteuid!(), 0)
}
