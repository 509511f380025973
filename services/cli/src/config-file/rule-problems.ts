import { checkChannel } from '@resguardo/api'
import { completePolicy, PolicySpec, policyProblems } from '@resguardo/domain'
import { asAppError } from '@resguardo/shared'
import { completeEntry } from '../installation/complete-entry.ts'
import type { Installation } from '../installation/read-installation.ts'
import { type Entry, isObject, type ListName, listNames, type Problem } from './config-file.ts'
import { secretReference } from './secret-reference.ts'

/** An entry with its place. Fields that the schema refuses are left out, so that the others are judged too. */
interface Sound {
  entry: Record<string, unknown>
  path: string[]
  /** Whether nothing was left out. */
  whole: boolean
}

/**
 * What is wrong beyond the schema: names, references, crons, and what never changes. `installed` is undefined where it
 * is not known; references are then not judged.
 */
export function ruleProblems(
  file: unknown,
  found: Problem[],
  installed: Installation | undefined,
  now: Date
): Problem[] {
  const lists = Object.fromEntries(
    listNames.map(list => [list, soundEntries(file, list, found)])
  ) as Record<ListName, Sound[]>
  const has = (list: ListName, name: unknown) =>
    !installed ||
    lists[list].some(({ entry }) => entry.name === name) ||
    installed[list].some(({ entry }) => entry.name === name)
  return [
    ...listNames.flatMap(list => repeatedNames(lists[list])),
    ...lists.repositories.flatMap(sound => changedKind(sound, installed?.repositories)),
    ...lists.channels.flatMap(sound => changedKind(sound, installed?.channels)),
    ...lists.channels.flatMap(sound => channelProblem(sound, installed)),
    ...lists.secrets.flatMap(sound => futureDate(sound, now)),
    ...lists.policies.flatMap(sound => [...unknownReferences(sound, has), ...specProblems(sound)])
  ]
}

function soundEntries(file: unknown, list: ListName, found: Problem[]): Sound[] {
  const entries = isObject(file) ? file[list] : undefined
  if (!Array.isArray(entries)) return []
  return entries.flatMap((entry, i) => {
    if (!isObject(entry)) return []
    const path = [list, String(i)]
    const wrong = found.filter(problem => problem.path[0] === list && problem.path[1] === path[1])
    const fields = Object.entries(entry).filter(
      ([name]) => !wrong.some(problem => problem.path[2] === name)
    )
    return [{ entry: Object.fromEntries(fields), path, whole: wrong.length === 0 }]
  })
}

const problem = (path: string[], message: string): Problem => ({ path, at: 'value', message })

const repeatedNames = (entries: Sound[]) =>
  entries
    .filter(
      ({ entry: { name } }, i) =>
        name !== undefined && entries.findIndex(other => other.entry.name === name) < i
    )
    .map(({ entry, path }) =>
      problem([...path, 'name'], `the name ${entry.name} stands there twice`)
    )

function changedKind({ entry, path }: Sound, installed: Installation[ListName] = []): Problem[] {
  const before = installed.find(one => one.entry.name === entry.name)?.entry.kind
  if (before === undefined || entry.kind === undefined || entry.kind === before) return []
  return [problem([...path, 'kind'], `is ${before} in the installation and never changes`)]
}

/** As the API judges it, which knows whether there is a secret already. */
function channelProblem({ entry, path, whole }: Sound, installed: Installation | undefined) {
  if (!whole || !installed) return []
  const given = Object.keys(secretReference(entry)).length > 0
  const before = installed.channels.find(one => one.entry.name === entry.name)
  const channel = completeEntry('channels', entry as Entry) as unknown as Parameters<
    typeof checkChannel
  >[0]
  try {
    checkChannel({ ...channel, hasSecret: given || before?.hasSecret === true })
    return []
  } catch (error) {
    const [, field = '', message = ''] =
      /^body\/(\S+): (.*)$/s.exec(asAppError(error).message) ?? []
    const hint = field === 'secret' ? '; in this file it is secretEnv or secretFile' : ''
    return [problem([...path, ...field.split('/')], message + hint)]
  }
}

function futureDate({ entry: { rotatedAt }, path }: Sound, now: Date): Problem[] {
  if (typeof rotatedAt !== 'string' || new Date(rotatedAt) <= now) return []
  return [problem([...path, 'rotatedAt'], 'must not be in the future')]
}

function unknownReferences(
  { entry, path }: Sound,
  has: (list: ListName, name: unknown) => boolean
): Problem[] {
  const { source, repository, copyTo = [], channels = [] } = entry
  const problems: Problem[] = []
  const refer = (list: ListName, what: string, name: unknown, field: string[]) => {
    if (name === undefined || has(list, name)) return
    const message = `there is no ${what} ${name}, neither in this file nor in the installation`
    problems.push(problem([...path, ...field], message))
  }
  refer('sources', 'source', source, ['source'])
  refer('repositories', 'repository', repository, ['repository'])
  for (const [i, name] of (copyTo as unknown[]).entries()) {
    refer('repositories', 'repository', name, ['copyTo', String(i)])
    if (name === repository)
      problems.push(problem([...path, 'copyTo', String(i)], 'is the repository itself'))
  }
  for (const [i, name] of (channels as unknown[]).entries())
    refer('channels', 'channel', name, ['channels', String(i)])
  return problems
}

function specProblems({ entry, path }: Sound): Problem[] {
  const spec = Object.entries(entry).filter(([name]) => name in PolicySpec.properties)
  return policyProblems(completePolicy(Object.fromEntries(spec))).map(one =>
    problem([...path, ...one.path.split('/').slice(1)], one.message)
  )
}
