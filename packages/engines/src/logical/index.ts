import { defineEngine } from '../engine.ts'
import { backup } from './backup.ts'
import { logicalOptions } from './options.ts'
import { plan } from './plan.ts'
import { readContents } from './read-contents.ts'
import { restore } from './restore.ts'
import { dropKept, undo } from './undo.ts'

/** A database as a pg_dump archive and parallel COPY streams of its large tables, plus the server's roles; portable across versions, no point in time. */
export const logical = defineEngine({
  kind: 'logical',
  options: logicalOptions,
  backup,
  plan,
  restore,
  readContents,
  undo,
  dropKept
})
