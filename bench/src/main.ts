import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { homeDirectory, projectRoot } from '../../services/embedded/src/home.ts'
import { interruptible } from '../../services/embedded/src/interruptible.ts'
import { bold, say } from '../../services/embedded/src/terminal.ts'
import { measureRounds } from './measure.ts'
import { peakMemory } from './process-usage.ts'
import { machine, markdownTable, svgChart } from './report.ts'
import { longestStall, startBenchScene } from './scene.ts'
import { backupWays, restoreWays, type Way } from './ways.ts'

const HELP = `npm run bench [-- --size MB --rounds N --only PATTERN --write]

Builds a reproducible database and measures, in one run and in turn, backups and restores with PostgreSQL's own tools and
with Resguardo. Ratios are to the limit of the same round; times on a shared machine are not comparable between runs.

  --size    megabytes on the server; default 4000
  --rounds  default 3
  --only    a regular expression: measure the limits and the ways that it matches
  --write   write the tables and charts to docs/benchmarks
  --help    this text`

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: '4000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: '' },
    write: { type: 'boolean' },
    help: { type: 'boolean' }
  }
})
if (values.help) {
  say(HELP)
  process.exit(0)
}

const only = new RegExp(values.only)

await interruptible(async signal => {
  const dir = join(homeDirectory(), `bench-${process.pid}`)
  await mkdir(dir, { recursive: true })
  try {
    await bench(dir, Number(values.size), Number(values.rounds), signal)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
})

async function bench(dir: string, megabytes: number, rounds: number, signal: AbortSignal) {
  const step = (text: string) => {
    signal.throwIfAborted()
    say(`  ${text}`)
  }
  const scene = await startBenchScene(dir, megabytes, { signal, onStep: step })
  try {
    await longestStall(scene)
    const chosen = (ways: Way[]) => ways.filter(({ name, limit }) => limit || only.test(name))
    const backups = await measureRounds(chosen(await backupWays(scene)), rounds, step)
    const restores = await measureRounds(chosen(await restoreWays(scene)), rounds, step)
    const text = `# Benchmark of the logical engine

Made by \`npm run bench -- --size ${megabytes} --rounds ${rounds}\`. ${machine()}. PostgreSQL, tools, worker and S3 (Ceph RGW) share the
machine; the database is ${(scene.bytes / 1e6).toFixed(0)} MB on the server. Median of ${rounds} rounds (fastest–slowest); ratios are to the limit of
the same round. Client CPU is that of the tools or of the worker and its tools; the server's comes on top.

## Backup

${markdownTable(backups)}

![Backup](backup.svg)

## Restore

Ours also compares every table's exact count with the manifest and gathers statistics; the others do neither. A drill makes a
cluster of its own (without durability) and removes it again, and checks starts, warnings, row counts and a query.

${markdownTable(restores)}

![Restore](restore.svg)

## The worker

Peak resident memory ${await peakMemory(scene.stack.pids.worker)} MiB; longest stall of its event loop ${await longestStall(scene)} ms.
`
    say(bold('\nResult\n'))
    say(text)
    if (!values.write) return
    const out = join(projectRoot, 'docs/benchmarks')
    await mkdir(out, { recursive: true })
    await writeFile(join(out, 'logical.md'), text)
    await writeFile(join(out, 'backup.svg'), svgChart('Backup, wall time', backups))
    await writeFile(join(out, 'restore.svg'), svgChart('Restore, wall time', restores))
    say(`Written to docs/benchmarks`)
  } finally {
    await scene.stop()
  }
}
