import { parseArgs } from 'node:util'
import { apiClient } from '@resguardo/api-client'
import { asAppError } from '@resguardo/shared'
import { checkReport, UNKNOWN } from './check-report.ts'
import { connectionFrom } from './connection.ts'

const HELP = `npm run --silent check -- [--policy NAME] [--api URL] [--timeout SECONDS]

Says whether all is well, for Nagios, Icinga and what understands the same
(https://www.monitoring-plugins.org/doc/guidelines.html): one line with performance data, then a line for every other finding.

  --policy NAME          only this policy, without what concerns the whole installation
  -t, --timeout SECONDS  how long the API may take; default 10
  --api URL              where the API is; default RESGUARDO_API_URL, else http://127.0.0.1:3000

Reads RESGUARDO_API_KEY (or _FILE); a viewer's is enough.
Exit code: 0 ok, 1 warning, 2 critical, 3 unknown: the API does not answer, the key is refused, the arguments are wrong.`

const end = (text: string, code: number): never => {
  process.stdout.write(`${text}\n`)
  process.exit(code)
}

const args = process.argv.slice(2)
if (args.includes('--help') || args.includes('-h')) end(HELP, UNKNOWN)
try {
  const { policy, timeout, api: url } = optionsFrom(args)
  const api = apiClient(connectionFrom(process.env, url), AbortSignal.timeout(timeout * 1_000))
  const [status, policies] = [await api.call('GET', '/v1/status'), await api.list('/v1/policies')]
  const { text, code } = checkReport(status, policies, policy)
  end(text, code)
} catch (error) {
  const { code, message, hint } = asAppError(error)
  end(
    `RESGUARDO UNKNOWN - ${code}: ${message.split('\n', 1)[0]!.replaceAll('|', '/')}\n${hint}`,
    UNKNOWN
  )
}

function optionsFrom(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      policy: { type: 'string' },
      api: { type: 'string' },
      timeout: { type: 'string', short: 't', default: '10' }
    }
  })
  const timeout = Number(values.timeout)
  if (!(timeout > 0))
    throw new Error(`--timeout must be a number of seconds, not ${values.timeout}`)
  return { ...values, timeout }
}
