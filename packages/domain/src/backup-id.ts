export const backupKinds = ['logical', 'physical', 'tenant', 'files'] as const
export type BackupKind = (typeof backupKinds)[number]

const pattern = /^\d{8}T\d{6}Z-(logical|physical|tenant|files)-[0-9a-z]{6,10}$/

/** `20261120T020000Z-logical-7f3k2m`: sorts by time, safe in a key and a file name. `suffix` makes it unique. */
export function makeBackupId(at: Date, kind: BackupKind, suffix: string): string {
  const stamp = at.toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '')
  return `${stamp}-${kind}-${suffix}`
}

export const isBackupId = (text: string) => pattern.test(text)
