/** The lists of the file, in the order in which they are applied: what refers to something comes after it. */
export const listNames = ['sources', 'repositories', 'channels', 'secrets', 'policies'] as const
export type ListName = (typeof listNames)[number]

/** Something that the file declares, in the file's own fields. */
export type Entry = { name: string } & Record<string, unknown>

/** A file without problems. A list that is left out says nothing; an empty one says that there is none. */
export type ConfigFile = { version: 1 } & { [L in ListName]?: Entry[] }

/** Something wrong with the file, and where: at the key or at the value that `path` leads to. */
export interface Problem {
  path: string[]
  at: 'key' | 'value'
  message: string
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
