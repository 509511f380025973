import { tmpdir } from 'node:os'
import type { Config } from '@resguardo/shared'

/** Where what a tool demands as a file is put. */
export const spoolDir = ({ SPOOL_DIR }: Config) => SPOOL_DIR || tmpdir()
