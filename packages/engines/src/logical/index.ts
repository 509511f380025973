import { defineEngine } from '../engine.ts'
import { backup } from './backup.ts'
import { logicalOptions } from './options.ts'
import { plan } from './plan.ts'
import { restore } from './restore.ts'

/** The whole database as one pg_dump archive, plus the server's roles; portable across versions, no point in time. */
export const logical = defineEngine({
  kind: 'logical',
  options: logicalOptions,
  backup,
  plan,
  restore
})
