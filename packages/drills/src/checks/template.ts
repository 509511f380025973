import { wrongCheck } from './wrong-check.ts'

export type Variables = Map<string, unknown>

const place = /\{\{\s*([\w.-]+)\s*\}\}/g
const only = /^\{\{\s*([\w.-]+)\s*\}\}$/

/** Text with its {{variables}} filled in. @throws VALIDATION_FAILED for one that no step captured */
export function fillText(
  text: string,
  variables: Variables,
  encode: (value: string) => string = value => value
): string {
  return text.replace(place, (_, name: string) => encode(String(read(variables, name))))
}

/** JSON with the {{variables}} in its texts filled in; a text that is one variable and nothing else takes its type too. */
export function fillJson(value: unknown, variables: Variables): unknown {
  if (typeof value === 'string') {
    const name = only.exec(value)?.[1]
    return name ? read(variables, name) : fillText(value, variables)
  }
  if (Array.isArray(value)) return value.map(item => fillJson(item, variables))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, fillJson(item, variables)])
  )
}

/** What is at `items.0.total`; undefined where nothing is. */
export function atPath(value: unknown, path: string): unknown {
  let current = value
  for (const key of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, key)) return
    current = (current as Record<string, unknown>)[key]
  }
  return current
}

function read(variables: Variables, name: string): unknown {
  if (variables.has(name)) return variables.get(name)
  throw wrongCheck(
    `{{${name}}} is not captured by an earlier step`,
    'Add it to the capture of a step before.'
  )
}
