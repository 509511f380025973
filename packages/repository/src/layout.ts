/** Keys of a repository; every one is written once and never overwritten. Described for people in docs/backup-format.md. */
export const IDENTITY_KEY = 'resguardo.json'

/** `name`: a drill's id with `.json`, `.html` or one of these with `.sig`. */
export const evidenceKey = (source: string, name: string) => `${source}/evidence/${name}`
export const backupsPrefix = (source: string) => `${source}/backups/`
export const backupPrefix = (source: string, backupId: string) => `${source}/backups/${backupId}/`
export const manifestKey = (source: string, backupId: string) =>
  `${backupPrefix(source, backupId)}manifest.json`
export const signatureKey = (source: string, backupId: string) =>
  `${manifestKey(source, backupId)}.sig`
/** Written first when a backup is removed and deleted last: where it is, there is no backup any more. Never locked by us. */
export const tombstoneKey = (source: string, backupId: string) =>
  `${backupPrefix(source, backupId)}tombstone.json`

const backupPattern = /^([^/]+)\/backups\/([^/]+)\//

/** Source and backup id of any key of a backup, or undefined for another key. */
export function parseBackupKey(key: string): { source: string; backupId: string } | undefined {
  const match = backupPattern.exec(key)
  return match ? { source: match[1]!, backupId: match[2]! } : undefined
}
