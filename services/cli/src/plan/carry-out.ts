import type { ApiClient, Json } from '@resguardo/api-client'
import type { Entry, ListName } from '../config-file/config-file.ts'
import { secretReference } from '../config-file/secret-reference.ts'
import type { Installation } from '../installation/read-installation.ts'
import type { Step } from './make-plan.ts'

/** How long a store's probe may take: long enough for a slow one, short enough for a deploy pipeline. */
const PROBE_SECONDS = 300

/**
 * Does the steps one after the other and tells of each that is done. A repository that is new or changed must pass its
 * probe before anything that comes after it.
 */
export async function carryOut(
  api: ApiClient,
  steps: Step[],
  installation: Installation,
  onDone: (step: Step) => void
): Promise<void> {
  const ids = new Map<string, string>()
  const idOf = (list: ListName, name: unknown) =>
    ids.get(`${list}/${name}`) ?? installation[list].find(({ entry }) => entry.name === name)!.id
  for (const step of steps) {
    await carryOutOne(step)
    onDone(step)
  }

  async function carryOutOne(step: Step) {
    const { list, name } = step
    switch (step.action) {
      case 'create': {
        const made = await api.call('POST', `/v1/${list}`, bodyOf(list, step.written))
        ids.set(`${list}/${name}`, made.id)
        return list === 'repositories' ? probed(made.probeRunId) : undefined
      }
      case 'change':
        return change(step)
      case 'probe':
        return probed(await probe(step.id))
      case 'delete':
        return api.call('DELETE', `/v1/${list}/${step.id}`)
    }
  }

  async function change({ list, id, written, wanted, differences }: Step & { action: 'change' }) {
    const path = `/v1/${list}/${id}`
    if (list === 'policies') {
      const { name, ...body } = bodyOf(list, written)
      return api.call('PUT', path, body)
    }
    const names = new Set(differences.map(({ path }) => path.split('.', 1)[0]!))
    const { rotatedAt, ...body }: Json = Object.fromEntries(
      Object.entries({ ...wanted, ...secretReference(written) }).filter(([name]) => names.has(name))
    )
    const changed = Object.keys(body).length > 0 ? await api.call('PATCH', path, body) : {}
    if (rotatedAt) await api.call('POST', `${path}/rotated`, { at: rotatedAt })
    if (list === 'repositories') await probed(changed.probeRunId)
  }

  /** An entry as the API takes it. */
  function bodyOf(list: ListName, entry: Entry): Json {
    if (list !== 'policies') return entry
    const { source, repository, copyTo = [], channels = [], ...rest } = entry
    return {
      ...rest,
      sourceId: idOf('sources', source),
      repositoryId: idOf('repositories', repository),
      copyTo: (copyTo as string[]).map(name => idOf('repositories', name)),
      channelIds: (channels as string[]).map(name => idOf('channels', name))
    }
  }

  function probed(runId: string) {
    return api.waitForRun(runId, { seconds: PROBE_SECONDS })
  }

  /** The probe run that is under way, or a new one. */
  async function probe(repositoryId: string): Promise<string> {
    for (const status of ['running', 'queued']) {
      const runs = await api.list('/v1/runs', { kind: 'probe', status })
      const found = runs.find(run => run.repositoryId === repositoryId)
      if (found) return found.id
    }
    return (await api.call('POST', `/v1/repositories/${repositoryId}/probe`)).id
  }
}
