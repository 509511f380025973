import { isDeepStrictEqual } from 'node:util'
import { isObject } from '../config-file/config-file.ts'

/** A field that is not the same; undefined where there is none. */
export interface Difference {
  path: string
  from: unknown
  to: unknown
}

/** Field by field. Lists of objects are compared element by element, other lists as a whole. */
export function differences(from: unknown, to: unknown, path: string[] = []): Difference[] {
  const fields = comparable(from, to)
  if (!fields) return isDeepStrictEqual(from, to) ? [] : [{ path: path.join('.'), from, to }]
  return fields.flatMap(name =>
    differences((from as Fields)[name], (to as Fields)[name], [...path, name])
  )
}

type Fields = Record<string, unknown>

function comparable(from: unknown, to: unknown): string[] | undefined {
  const both = [from, to]
  const areLists = both.every(one => Array.isArray(one) && one.every(isObject))
  if (!areLists && !both.every(isObject)) return undefined
  return [...new Set(both.flatMap(one => Object.keys(one as object)))]
}
