import { randomUUID } from 'node:crypto'
import { AppError, asAppError } from '@resguardo/shared'
import type { Storage } from '@resguardo/storage'
import { type Static, Type } from 'typebox'
import { Value } from 'typebox/value'
import { IDENTITY_KEY } from './layout.ts'
import { readSmall } from './read-small.ts'

const IDENTITY_VERSION = 1

const IdentityFileSchema = Type.Object({
  format: Type.Literal('resguardo'),
  formatVersion: Type.Integer(),
  repositoryId: Type.String(),
  createdAt: Type.String(),
  signers: Type.Array(Type.String())
})

/** resguardo.json: what makes a place a repository. */
export type IdentityFile = Static<typeof IdentityFileSchema>

/** @throws REPOSITORY_UNINITIALISED where there is none, REPOSITORY_FORMAT_NEWER, MANIFEST_INVALID */
export async function readIdentityFile(storage: Storage): Promise<IdentityFile> {
  const bytes = await readSmall(storage, IDENTITY_KEY).catch(error => {
    if (asAppError(error).code !== 'STORAGE_OBJECT_NOT_FOUND') throw error
    throw new AppError('REPOSITORY_UNINITIALISED', `There is no ${IDENTITY_KEY}`, { cause: error })
  })
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8'))
  } catch {
    value = undefined
  }
  if (!Value.Check(IdentityFileSchema, value))
    throw new AppError('MANIFEST_INVALID', `${IDENTITY_KEY} is not a repository's identity file`)
  if (value.formatVersion > IDENTITY_VERSION) {
    throw new AppError(
      'REPOSITORY_FORMAT_NEWER',
      `The repository has format ${value.formatVersion}; this program knows ${IDENTITY_VERSION}`
    )
  }
  return value
}

/** Reads the identity, or makes a new repository of an empty place. Two at once agree on one identity. */
export async function initialiseRepository(
  storage: Storage,
  signers: string[],
  now: Date
): Promise<IdentityFile> {
  try {
    return await readIdentityFile(storage)
  } catch (error) {
    if (asAppError(error).code !== 'REPOSITORY_UNINITIALISED') throw error
  }
  const identity: IdentityFile = {
    format: 'resguardo',
    formatVersion: IDENTITY_VERSION,
    repositoryId: randomUUID(),
    createdAt: now.toISOString(),
    signers
  }
  const body = Buffer.from(`${JSON.stringify(identity, null, 2)}\n`)
  await storage
    .write(IDENTITY_KEY, once(body), { ifAbsent: true, storageClass: 'STANDARD' })
    .catch(error => {
      if (asAppError(error).code !== 'STORAGE_OBJECT_EXISTS') throw error
    })
  return readIdentityFile(storage)
}

async function* once(bytes: Uint8Array) {
  yield bytes
}
