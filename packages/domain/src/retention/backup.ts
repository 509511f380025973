/** What the retention rules need to know of a backup. Ids are unique. */
export interface RetentionBackup {
  id: string
  kind: string
  repositoryId: string
  /** The restore point: when the data was as the backup has it. */
  at: Date
  state: 'available' | 'damaged'
  /** Asked for when it was made: kept at least until then. */
  keepUntil: Date | null
  /** Hold that is in force; until null: until it is released. */
  hold: { holder: string; reason: string; until: Date | null } | null
  lockedUntil: Date | null
  /** A backup without which this one cannot be restored (base of an incremental). */
  parent: string | null
  /** A run reads or writes it now. */
  inUse: boolean
}

export interface RetentionDecision {
  id: string
  /**
   * keep: a rule wants it. blocked: no rule wants it, but it must not go (yet): hold, lock, in use, needed by one that
   * stays, minimum redundancy, newest good. remove: it may go.
   */
  action: 'keep' | 'blocked' | 'remove'
  /** Everything that speaks for it, or why no rule does. Never empty. */
  reasons: string[]
}
