import { join } from 'node:path'
import {
  type ClientPrograms,
  chooseClient,
  explainStage,
  majorOf,
  type PgTarget,
  pgEnv
} from '@resguardo/pg-tools'
import { runPipeline, type Stage, StageError } from '@resguardo/processes'
import { AppError } from '@resguardo/shared'
import { type CheckContext, defineCheck } from '../check.ts'
import { details } from './details.ts'
import { type Client, withSession } from './session.ts'
import { wrongCheck } from './wrong-check.ts'

const FIRST_MAJOR = 14
const CORRUPTION = 2
const OUTPUT_KEPT = 65_536

/**
 * pg_amcheck of every table and B-tree index of the database. The extension that it needs is made for the check and dropped
 * again where the database does not have it.
 * @see https://www.postgresql.org/docs/current/app-pgamcheck.html
 */
export const amcheck = defineCheck({
  kind: 'amcheck',
  async run(context, { heapAllIndexed }) {
    const { major, installed } = await withSession(context, readServer)
    if (major < FIRST_MAJOR)
      throw wrongCheck(
        `pg_amcheck needs PostgreSQL ${FIRST_MAJOR} or newer, the restored server is ${major}`,
        'Take the check amcheck out of the plan.'
      )
    const client = chooseClient(context.clients, major)
    const stage = amcheckStage(client, context.database, { heapAllIndexed, install: !installed })
    try {
      const report = await runAmcheck(stage, context.signal)
      return {
        passed: report === undefined,
        expected: `no corruption${heapAllIndexed ? ', every row in every index' : ''}`,
        actual: report === undefined ? 'none found' : 'pg_amcheck found corruption',
        ...(report === undefined ? {} : { details: details(linesOf(report)) })
      }
    } finally {
      if (!installed) await dropExtension(context)
    }
  }
})

function amcheckStage(
  { bin }: ClientPrograms,
  database: PgTarget,
  { heapAllIndexed, install }: { heapAllIndexed: boolean; install: boolean }
): Stage {
  return {
    name: 'pg_amcheck',
    cmd: join(bin, 'pg_amcheck'),
    args: [
      '--no-password',
      ...(heapAllIndexed ? ['--heapallindexed'] : []),
      ...(install ? ['--install-missing=pg_catalog'] : [])
    ],
    env: pgEnv(database)
  }
}

/** What it printed where it found corruption, undefined where it found none. @throws where it could not look */
async function runAmcheck(stage: Stage, signal: AbortSignal): Promise<string | undefined> {
  let report = ''
  try {
    for await (const chunk of runPipeline([stage], { signal }))
      if (report.length < OUTPUT_KEPT) report += chunk.toString('utf8')
  } catch (error) {
    signal.throwIfAborted()
    if (!(error instanceof StageError)) throw error
    if (error.exitCode === CORRUPTION) return `${report}${error.stderr}`
    const explained = explainStage(error)
    if (!error.stderr.includes('extension "amcheck"')) throw explained
    throw new AppError(explained.code, explained.message, {
      cause: error,
      hint: 'Install the contrib extensions on the server, or CREATE EXTENSION amcheck there as a superuser.'
    })
  }
}

async function readServer(client: Client) {
  const { rows } = await client.query<{ num: number; installed: boolean }>(
    `SELECT current_setting('server_version_num')::int AS num,
            EXISTS (SELECT FROM pg_extension WHERE extname = 'amcheck') AS installed`
  )
  return { major: majorOf(rows[0]!.num), installed: rows[0]!.installed }
}

async function dropExtension(context: CheckContext) {
  if (context.signal.aborted) return
  await withSession(context, client => client.query('DROP EXTENSION IF EXISTS amcheck'))
}

const linesOf = (text: string) => text.split('\n').filter(line => line.trim() !== '')
