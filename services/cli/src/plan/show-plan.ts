import type { ListName } from '../config-file/config-file.ts'
import { coloured } from '../terminal.ts'
import type { Difference } from './differences.ts'
import type { Step } from './make-plan.ts'

const nouns: Record<ListName, string> = {
  sources: 'source',
  repositories: 'repository',
  channels: 'channel',
  secrets: 'registered secret',
  policies: 'policy'
}

const shown = {
  create: { sign: '+', colour: 'green', remark: 'is created', done: 'created' },
  change: { sign: '~', colour: 'yellow', remark: 'is changed', done: 'changed' },
  probe: { sign: '?', colour: 'yellow', remark: 'is not ready: checked again', done: 'checked' },
  keep: { sign: '=', colour: 'dim', remark: 'is unchanged', done: 'unchanged' },
  leave: { sign: ' ', colour: 'dim', remark: 'is not in the file: left alone', done: 'left alone' },
  delete: { sign: '-', colour: 'red', remark: 'is not in the file: deleted', done: 'deleted' }
} as const

const LONGEST = 100

export const titleOf = ({ list, name }: Step) => `${nouns[list]} ${name}`

/** One step, and below it what it changes, field by field. */
export function showStep(step: Step): string {
  const { sign, colour, remark } = shown[step.action]
  const title = coloured(colour, `${sign} ${titleOf(step)} ${remark}`)
  const lines = 'differences' in step ? step.differences.map(showDifference) : []
  return [title, ...lines].join('\n')
}

function showDifference({ path, from, to }: Difference): string {
  const change = from === undefined ? textOf(to) : `${textOf(from)} → ${textOf(to)}`
  return `    ${path}: ${change}`
}

function textOf(value: unknown): string {
  if (value === undefined) return '(none)'
  const text = JSON.stringify(value)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** `3 created, 1 changed, 12 unchanged`. */
export function summary(steps: Step[]): string {
  const count = (action: Step['action']) => steps.filter(step => step.action === action).length
  const always: Step['action'][] = ['create', 'change', 'keep']
  const actions = [...always, 'probe', 'delete', 'leave'] as const
  return actions
    .filter(action => always.includes(action) || count(action) > 0)
    .map(action => `${count(action)} ${shown[action].done}`)
    .join(', ')
}
