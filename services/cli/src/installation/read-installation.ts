import type { ApiClient, Json } from '@resguardo/api-client'
import { type Entry, type ListName, listNames } from '../config-file/config-file.ts'
import { completeEntry } from './complete-entry.ts'

/** Something that the installation has, in the file's fields. */
export interface Installed {
  id: string
  entry: Entry
  hasSecret: boolean
  /** Of a repository: pending, ready or failed. */
  state?: string
}

export type Installation = Record<ListName, Installed[]>

export async function readInstallation(api: ApiClient): Promise<Installation> {
  const shown = {} as Record<ListName, Json[]>
  for (const list of listNames) shown[list] = await api.list(`/v1/${list}`)
  const namesOf = (list: ListName) => {
    const names = new Map<string, string>(shown[list].map(({ id, name }) => [id, name]))
    return (id: string) => names.get(id) ?? id
  }
  const source = namesOf('sources')
  const repository = namesOf('repositories')
  const channel = namesOf('channels')
  const policies = shown.policies.map(policy => ({
    ...policy,
    source: source(policy.sourceId),
    repository: repository(policy.repositoryId),
    copyTo: policy.copyTo.map(repository),
    channels: policy.channelIds.map(channel)
  }))
  const installed = (list: ListName) => (item: Json) => ({
    id: item.id as string,
    entry: completeEntry(list, item as Entry),
    hasSecret: item.hasSecret === true,
    ...(list === 'repositories' && { state: item.state as string })
  })
  return {
    sources: shown.sources.map(installed('sources')),
    repositories: shown.repositories.map(installed('repositories')),
    channels: shown.channels.map(installed('channels')),
    secrets: shown.secrets.map(installed('secrets')),
    policies: policies.map(installed('policies'))
  }
}
