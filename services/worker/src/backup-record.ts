import type { NewBackup } from '@resguardo/catalog'
import type { Manifest } from '@resguardo/repository'

/** The catalog's row for a committed backup; everything in it comes from the manifest. */
export function backupRecord(
  manifest: Manifest,
  ids: { sourceId: string; repositoryId: string; runId: string | null; policyId: string | null }
): NewBackup {
  return {
    ...ids,
    id: manifest.id,
    kind: manifest.kind,
    state: 'available',
    name: manifest.name,
    labels: manifest.labels,
    startedAt: new Date(manifest.startedAt),
    finishedAt: new Date(manifest.finishedAt),
    plainBytes: manifest.objects.reduce((sum, object) => sum + object.plainBytes, 0),
    storedBytes: manifest.objects.reduce((sum, object) => sum + object.bytes, 0),
    serverVersion: manifest.source.serverVersion,
    manifest,
    copyOf: manifest.copyOf ?? null,
    rekeyOf: manifest.rekeyOf ?? null,
    reason: manifest.reason ?? null,
    keepUntil: dateOf(manifest.keepUntil),
    lockedUntil: dateOf(manifest.lock?.until)
  }
}

const dateOf = (text: string | undefined) => (text === undefined ? null : new Date(text))
