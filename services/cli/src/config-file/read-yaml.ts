import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument
} from 'yaml'
import type { Problem } from './config-file.ts'

export interface Place {
  line: number
  column: number
}

export interface Yaml {
  /** Undefined where the text cannot be read at all. */
  value: unknown
  /** What is wrong with the YAML itself. */
  problems: (Place & { message: string })[]
  /** Where a problem stands; of what is missing, where the thing stands that it is missing from. */
  placeOf(problem: Pick<Problem, 'path' | 'at'>): Place
}

export function readYaml(text: string): Yaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const found = [...document.errors, ...document.warnings]
  const problems = found.map(({ code, message, pos }) => ({
    ...place(pos[0]),
    message: code === 'DUPLICATE_KEY' ? 'the same field stands there twice' : message
  }))
  const readable = found.every(({ code }) => code === 'DUPLICATE_KEY')
  return {
    value: readable ? contentOf(document, problems) : undefined,
    problems,
    placeOf: ({ path, at }) => place(offsetOf(document, path, at))
  }
}

/** Aliases are followed, as far as they end. */
function contentOf(document: Document, problems: Yaml['problems']): unknown {
  try {
    return document.toJS()
  } catch (error) {
    problems.push({ line: 1, column: 1, message: (error as Error).message })
    return undefined
  }
}

function offsetOf(document: Document, path: string[], at: 'key' | 'value'): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const [i, segment] of path.entries()) {
    const inside = isAlias(node) ? node.resolve(document) : node
    if (isMap(inside)) {
      const pair = inside.items.find(({ key }) => isScalar(key) && String(key.value) === segment)
      if (!pair) break
      const isWanted = i === path.length - 1 && at === 'key'
      node = isWanted ? pair.key : (pair.value ?? pair.key)
    } else if (isSeq(inside)) node = inside.items[Number(segment)]
    else break
    offset = startOf(node) ?? offset
  }
  return offset
}

const startOf = (node: unknown) => (isNode(node) ? node.range?.[0] : undefined)
