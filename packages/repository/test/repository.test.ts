import { cpSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runText } from '@resguardo/processes'
import t from 'tap'
import {
  createSigningKey,
  explainAge,
  type Manifest,
  openRepository,
  type Repository
} from '../src/index.ts'
import { backupId, keys, manifestOf, says, testRepository, writeText } from './support.ts'

const folder = `shop/backups/${backupId}`
const archive = `${folder}/archive.pgdump.zst.age`

/** A repository with one committed backup of one object. */
async function committed(t: Parameters<typeof testRepository>[0]) {
  const place = await testRepository(t)
  const object = await writeText(place.repository, 'plain bytes')
  const manifest = manifestOf(place.repositoryId, [object])
  await place.repository.commit(manifest)
  return { ...place, object, manifest }
}

async function idsOf({ manifests }: Repository) {
  const ids = []
  for await (const id of manifests()) ids.push(id)
  return ids
}

async function stored({ repository, manifest }: Awaited<ReturnType<typeof committed>>) {
  const chunks: Uint8Array[] = []
  for await (const chunk of repository.read(manifest, manifest.objects[0]!)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

t.test('what is written comes back, and is stored neither in clear nor unmeasured', async t => {
  const place = await committed(t)
  const { repository, manifest, object, file } = place
  t.match(object, { key: 'archive.pgdump.zst.age', role: 'archive', plainBytes: 11 })
  t.equal(file(archive).read().length, object.bytes)
  t.notMatch(file(archive).read().toString('latin1'), /plain bytes/)
  t.same(await repository.readManifest('shop', backupId), manifest)
  const plain = await runText(await repository.openingStages(), {
    input: repository.read(manifest, object)
  })
  t.equal(plain, 'plain bytes')
})

t.test('an empty object is an object', async t => {
  const { repository } = await testRepository(t)
  const object = await writeText(repository, '', {
    producer: { name: 'true', cmd: 'true', args: [] }
  })
  t.equal(object.plainBytes, 0)
  t.ok(object.bytes > 0)
})

t.test('a producer that fails, a wrong key, a taken key: nothing is stored', async t => {
  const { repository, files } = await testRepository(t)
  const before = files()
  const dies = { name: 'pg_dump', cmd: 'sh', args: ['-c', 'echo half; echo why >&2; exit 3'] }
  await t.rejects(writeText(repository, '', { producer: dies }), {
    name: 'StageError',
    stage: 'pg_dump',
    exitCode: 3
  })
  await t.rejects(writeText(repository, 'x', { key: '../../outside' }), {
    code: 'STORAGE_KEY_INVALID'
  })
  const reason = new Error('cancelled')
  await t.rejects(writeText(repository, 'x', { signal: AbortSignal.abort(reason) }), reason)
  t.same(files(), before)
  const object = await writeText(repository, 'first')
  await t.rejects(writeText(repository, 'second'), { code: 'STORAGE_OBJECT_EXISTS' })
  const plain = await runText(await repository.openingStages(), {
    input: repository.read(manifestOf('r', [object]), object)
  })
  t.equal(plain, 'first')
})

t.test('a backup is one when its manifest is there, and not before', async t => {
  const { repository, repositoryId, files } = await testRepository(t)
  const object = await writeText(repository, 'x')
  t.equal(await repository.isCommitted('shop', backupId), false)
  t.same(await idsOf(repository), [])
  await t.rejects(repository.readManifest('shop', backupId), { code: 'MANIFEST_MISSING' })
  await repository.commit(manifestOf(repositoryId, [object]))
  t.equal(await repository.isCommitted('shop', backupId), true)
  t.same(await idsOf(repository), [{ source: 'shop', backupId }])
  t.same(files(), [
    'resguardo.json',
    archive,
    `${folder}/manifest.json`,
    `${folder}/manifest.json.sig`
  ])
})

t.test('no commit without every object in its size, a valid manifest and a key', async t => {
  const { repository, repositoryId, options, files } = await testRepository(t)
  const object = await writeText(repository, 'x')
  const before = files()
  const commit = (change: Partial<Manifest>) =>
    repository.commit(manifestOf(repositoryId, [object], change))
  await t.rejects(commit({ objects: [{ ...object, key: 'gone' }] }), { code: 'OBJECT_MISSING' })
  await t.rejects(commit({ objects: [{ ...object, bytes: 1 }] }), { code: 'OBJECT_DAMAGED' })
  await t.rejects(commit({ startedAt: 'yesterday' }), { code: 'MANIFEST_INVALID' })
  const keyless = await openRepository({ ...options, signingKey: undefined })
  await t.rejects(keyless.commit(manifestOf(repositoryId, [object])), { code: 'CONFIG_INVALID' })
  t.same(files(), before)
})

t.test('the same commit again is the same backup; another one is refused', async t => {
  const { repository, manifest, file } = await committed(t)
  await repository.commit(manifest)
  const before = file(`${folder}/manifest.json`).read()
  await t.rejects(repository.commit({ ...manifest, name: 'other' }), {
    code: 'STORAGE_OBJECT_EXISTS'
  })
  t.same(file(`${folder}/manifest.json`).read(), before)
})

t.test('a manifest with one changed byte is not believed', async t => {
  const { repository, file } = await committed(t)
  const untrusted = { code: 'MANIFEST_SIGNATURE_INVALID' }
  for (const key of [`${folder}/manifest.json`, `${folder}/manifest.json.sig`]) {
    const { read, write } = file(key)
    const whole = read()
    const changed = Buffer.from(whole)
    changed[changed.length >> 1]! ^= 1
    for (const bytes of [changed, whole.subarray(0, -1), Buffer.concat([whole, whole])]) {
      write(bytes)
      await t.rejects(repository.readManifest('shop', backupId), untrusted, key)
    }
    write(whole)
  }
  t.ok(await repository.readManifest('shop', backupId), 'put back, it is believed again')
})

t.test('a manifest that another key signed, or nobody, is not believed', async t => {
  const { repository, options, manifest, path } = await committed(t)
  const untrusted = { code: 'MANIFEST_SIGNATURE_INVALID' }
  const others = await openRepository({ ...options, signers: [createSigningKey().publicKey] })
  await t.rejects(others.readManifest('shop', backupId), untrusted)
  const several = await openRepository({
    ...options,
    signers: [createSigningKey().publicKey, keys.publicKey]
  })
  t.same(await several.readManifest('shop', backupId), manifest)
  rmSync(join(path, `${folder}/manifest.json.sig`))
  await t.rejects(repository.readManifest('shop', backupId), untrusted)
})

t.test('a folder copied to another place is noticed, though its signature is good', async t => {
  const { repository, path } = await committed(t)
  const otherId = backupId.replace('2026', '2027')
  cpSync(join(path, folder), join(path, `shop/backups/${otherId}`), { recursive: true })
  cpSync(join(path, folder), join(path, `blog/backups/${backupId}`), { recursive: true })
  await t.rejects(repository.readManifest('shop', otherId), { code: 'MANIFEST_INVALID' })
  await t.rejects(repository.readManifest('blog', backupId), { code: 'MANIFEST_INVALID' })
  const elsewhere = await testRepository(t)
  cpSync(join(path, folder), join(elsewhere.path, folder), { recursive: true })
  await t.rejects(elsewhere.repository.readManifest('shop', backupId), { code: 'MANIFEST_INVALID' })
})

t.test('another repository at this place is noticed before anything is done', async t => {
  const { options, repositoryId } = await testRepository(t)
  await t.rejects(openRepository({ ...options, repositoryId: 'another' }), {
    code: 'REPOSITORY_MISMATCH',
    message: new RegExp(repositoryId)
  })
})

t.test('stored bytes that are not those of the manifest are not read to the end', async t => {
  const place = await committed(t)
  const { read, write } = place.file(archive)
  const whole = read()
  t.same(await stored(place), whole)
  const flipped = Buffer.from(whole)
  flipped[flipped.length - 1]! ^= 1
  const damages: [string, Buffer, RegExp][] = [
    ['one bit', flipped, /SHA-256/],
    ['cut', whole.subarray(0, -1), new RegExp(`has ${whole.length - 1} bytes`)],
    ['longer', Buffer.concat([whole, Buffer.from('x')]), /has more bytes/],
    ['empty', Buffer.alloc(0), /has 0 bytes/]
  ]
  for (const [what, bytes, message] of damages) {
    write(bytes)
    await t.rejects(stored(place), { code: 'OBJECT_DAMAGED', message }, what)
    const seen = place.repository.checkObjects(place.manifest)
    if (what === 'one bit') await t.resolves(seen, 'a listing cannot see it')
    else await t.rejects(seen, { code: 'OBJECT_DAMAGED' }, `${what}, seen in a listing`)
  }
  rmSync(join(place.path, archive))
  await t.rejects(stored(place), { code: 'OBJECT_MISSING' })
  await t.rejects(place.repository.checkObjects(place.manifest), { code: 'OBJECT_MISSING' })
})

t.test('a reader that stops early leaves the hashes of others alone', async t => {
  const place = await committed(t)
  for await (const _ of place.repository.read(place.manifest, place.object)) break
  t.ok((await stored(place)).length > 0)
})

t.test('without the identity, or with another, a backup stays shut', async t => {
  const { repository, options, manifest, object } = await committed(t)
  for (const identityFile of [undefined, '', '/no/such/file']) {
    const shut = await openRepository({ ...options, identityFile })
    await t.rejects(shut.openingStages(), { code: 'IDENTITY_MISSING' })
  }
  const stranger = await testRepository(t)
  const [age] = await stranger.repository.openingStages()
  const error = await runText([age!], { input: repository.read(manifest, object) }).catch(e => e)
  t.match(explainAge(error), { code: 'IDENTITY_WRONG' })
})

t.test('bytes that age refuses are damaged, whatever was changed', async t => {
  const place = await committed(t)
  const whole = place.file(archive).read()
  const [age] = await place.repository.openingStages()
  const body = Buffer.from(whole)
  body[body.length - 1]! ^= 1
  for (const bytes of [body, whole.subarray(0, -1), Buffer.from('no header at all')]) {
    const error = await runText([age!], { input: once(bytes) }).catch(e => e)
    t.match(explainAge(error), { code: 'OBJECT_DAMAGED' })
  }
  const other = new Error('not of age')
  t.equal(explainAge(other), other)
})

t.test('an attempt that never committed is removed whole, a backup is not touched', async t => {
  const { repository, repositoryId, files, path } = await testRepository(t)
  await writeText(repository, 'x')
  await writeText(repository, 'y', { key: 'data/public.t.0001.copy.zst.age', producer: says('y') })
  writeFileSync(join(path, 'shop/backups', 'not-below'), 'stays')
  t.equal(await repository.discard('shop', backupId), true)
  t.same(files(), ['resguardo.json', 'shop/backups/not-below'])
  t.equal(await repository.discard('shop', backupId), true, 'again: nothing to do')

  await writeText(repository, 'x')
  const globals = await writeText(repository, 'z', { key: 'globals' })
  await repository.commit(manifestOf(repositoryId, [globals]))
  const all = files()
  t.equal(await repository.discard('shop', backupId), false)
  t.same(files(), all)
})

async function* once(bytes: Uint8Array) {
  yield bytes
}
