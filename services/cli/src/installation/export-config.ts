import { isDeepStrictEqual } from 'node:util'
import { Document, type YAMLSeq } from 'yaml'
import { type Entry, isObject, type ListName, listNames } from '../config-file/config-file.ts'
import { narrow } from '../config-file/narrow.ts'
import { entrySchemas, type Node } from '../config-file/schema.ts'
import { completeEntry } from './complete-entry.ts'
import type { Installation } from './read-installation.ts'

const HEADER = ` yaml-language-server: $schema=docs/reference/resguardo.schema.json
 The installation as it is, without secrets. Where it is applied to a new one, add passwordEnv, secretAccessKeyEnv or
 secretEnv (or …File) to what is marked.`

/** An installation as a file that changes nothing when it is applied to it. Secrets are known, but never shown. */
export function exportConfig(installation: Installation): string {
  const filled = listNames.filter(list => installation[list].length > 0)
  const lists = filled.map(list => [list, installation[list].map(one => shorten(list, one.entry))])
  const document = new Document({ version: 1, ...Object.fromEntries(lists) })
  for (const list of filled) {
    const { items } = document.get(list) as YAMLSeq<{ comment?: string }>
    for (const [i, { hasSecret }] of installation[list].entries())
      if (hasSecret) items[i]!.comment = ' has a secret, which is not exported'
  }
  document.commentBefore = HEADER
  return document.toString({ lineWidth: 0 })
}

/** Without what the service fills in by itself; all of it where a profile would fill in something else. */
function shorten(list: ListName, entry: Entry): Entry {
  const short = withoutDefaults(entrySchemas[list], entry) as Entry
  return isDeepStrictEqual(completeEntry(list, short), entry) ? short : entry
}

function withoutDefaults(schema: Node, value: unknown): unknown {
  const { properties, items } = narrow(schema, value)
  if (items && Array.isArray(value)) return value.map(item => withoutDefaults(items, item))
  if (!properties || !isObject(value)) return value
  const fields = Object.entries(value)
    .map(([name, field]) => [name, withoutDefaults(properties[name] ?? {}, field)] as const)
    .filter(([name, field]) => !isLeftOut(properties[name], field))
  return Object.fromEntries(fields)
}

const isLeftOut = (schema: Node | undefined, value: unknown) =>
  value === null ||
  (schema !== undefined && 'default' in schema && isDeepStrictEqual(schema.default, value))
