import {
  type ConfigFile,
  type Entry,
  type ListName,
  listNames
} from '../config-file/config-file.ts'
import { secretReference } from '../config-file/secret-reference.ts'
import { completeEntry } from '../installation/complete-entry.ts'
import type { Installation, Installed } from '../installation/read-installation.ts'
import { type Difference, differences } from './differences.ts'

interface Named {
  list: ListName
  name: string
}

/** What is to be done with one thing. `written` is its entry as it stands in the file. */
export type Step = Named &
  (
    | { action: 'create'; written: Entry; differences: Difference[] }
    | { action: 'change'; id: string; written: Entry; wanted: Entry; differences: Difference[] }
    /** As it should be, but the repository could not be used when it was last checked. */
    | { action: 'probe'; id: string }
    | { action: 'keep'; id: string }
    /** Not in the file, left alone. */
    | { action: 'leave'; id: string }
    | { action: 'delete'; id: string }
  )

export interface PlanOptions {
  /** Send the references to secrets again, though nothing tells whether they changed. */
  secrets: boolean
  /** Delete policies and channels that the file does not have. */
  prune: boolean
}

/** Sources and repositories hold backups: a file that lacks one must never be the end of it. */
const pruned: ListName[] = ['policies', 'channels']

/** What makes an installation as the file says, in the order in which it can be done. */
export function makePlan(
  file: ConfigFile,
  installation: Installation,
  { secrets, prune }: PlanOptions
): Step[] {
  const wanted = listNames.flatMap(list =>
    (file[list] ?? []).map(entry => stepFor(list, entry, find(installation[list], entry), secrets))
  )
  const others = listNames.toReversed().flatMap(list => {
    const action = prune && pruned.includes(list) && file[list] ? 'delete' : 'leave'
    return installation[list]
      .filter(({ entry }) => !file[list]?.some(({ name }) => name === entry.name))
      .map(({ id, entry }): Step => ({ list, name: entry.name, action, id }))
  })
  return [...wanted, ...others]
}

const find = (installed: Installed[], { name }: Entry) =>
  installed.find(({ entry }) => entry.name === name)

function stepFor(
  list: ListName,
  written: Entry,
  before: Installed | undefined,
  secrets: boolean
): Step {
  const named = { list, name: written.name }
  const reference = secretReference(written)
  const complete = completeEntry(list, written)
  if (!before)
    return {
      ...named,
      action: 'create',
      written,
      differences: differences({}, { ...complete, ...reference })
    }
  const wanted = withWhatStays(list, complete, before.entry)
  const sent = secrets || !before.hasSecret ? reference : {}
  const changes = [...differences(before.entry, wanted), ...differences({}, sent)]
  const { id } = before
  if (changes.length > 0)
    return { ...named, action: 'change', id, written, wanted, differences: changes }
  return {
    ...named,
    action: before.state === undefined || before.state === 'ready' ? 'keep' : 'probe',
    id
  }
}

/** What the API cannot take away, and what it knows better than the file. */
function withWhatStays(list: ListName, wanted: Entry, before: Entry): Entry {
  const { sslRootCert, rotatedAt } = before
  if (list === 'sources' && sslRootCert !== undefined) return { sslRootCert, ...wanted }
  const isNewer = wanted.rotatedAt === undefined || String(rotatedAt) > String(wanted.rotatedAt)
  if (list === 'secrets' && isNewer) return { ...wanted, rotatedAt }
  return wanted
}
