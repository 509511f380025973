import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { homeDirectory } from './home.ts'
import { interruptible } from './interruptible.ts'
import { selfTest } from './self-test/self-test.ts'
import { say } from './terminal.ts'

const HELP = `npm run drill -- self-test

Backs a sample database up in an installation of its own, plants faults on purpose (changed bytes, a manifest that lies, missing
rows, wrong queries, no key), drills, and shows that each alarm rings and that a good backup passes. Everything lies under one
directory and is removed at the end. Exits 0 where every alarm rang.`

const [verb] = process.argv.slice(2)
if (verb !== 'self-test') {
  say(HELP)
  process.exit(verb === '--help' || verb === undefined ? 0 : 1)
}

await interruptible(async signal => {
  const dir = join(homeDirectory(), `self-test-${process.pid}`)
  await mkdir(dir, { recursive: true })
  try {
    if (!(await selfTest(dir, signal))) process.exitCode = 1
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})
