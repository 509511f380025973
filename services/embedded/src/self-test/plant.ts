import { createHash } from 'node:crypto'
import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '@resguardo/api-client'
import { signBytes } from '@resguardo/repository'

const ARCHIVE = /^archive/
const MANIFEST = 'manifest.json'
export const SIGNATURE = /\.sig$/

/** Changes one bit in the middle of an object. */
export const flip = (folder: string, object = ARCHIVE) =>
  change(folder, object, bytes => {
    bytes[Math.floor(bytes.length / 2)]! ^= 1
    return bytes
  })

/** Leaves the first half of the archive. */
export const cut = (folder: string) =>
  change(folder, ARCHIVE, bytes => bytes.subarray(0, bytes.length / 2))

/** Puts another backup's archive in the place of this one's. */
export const swap = async (folder: string, other: string) =>
  copyFile(join(other, await find(other, ARCHIVE)), join(folder, await find(folder, ARCHIVE)))

/** Changes the manifest and signs it with the right key: only a restore can find out. */
export async function lie(folder: string, signingKey: string, how: (manifest: Json) => void) {
  const path = join(folder, MANIFEST)
  const manifest = JSON.parse(await readFile(path, 'utf8'))
  how(manifest)
  const bytes = Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`)
  await writeFile(path, bytes)
  await writeFile(`${path}.sig`, signBytes(bytes, signingKey))
}

/** Makes the manifest true again about the size and checksum of the archive as it is now. */
export async function describeArchive(folder: string, signingKey: string) {
  const bytes = await readFile(join(folder, await find(folder, ARCHIVE)))
  await lie(folder, signingKey, ({ objects }) => {
    const archive = objects.find(({ role }: Json) => role === 'archive')
    archive.bytes = bytes.length
    archive.sha256 = createHash('sha256').update(bytes).digest('hex')
  })
}

async function change(folder: string, object: RegExp, how: (bytes: Buffer) => Buffer) {
  const path = join(folder, await find(folder, object))
  await writeFile(path, how(await readFile(path)))
}

const find = async (folder: string, object: RegExp) =>
  (await readdir(folder)).find(file => object.test(file))!
