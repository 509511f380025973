/** `2026-11-20 02:00:00.000 UTC [123] `, as in a server's log. */
const PREFIX = String.raw`(?:\S+ \S+ \S+ \[\d+\] )?`
const quoting = new RegExp(`^${PREFIX}(?:DETAIL|CONTEXT|QUERY|STATEMENT): |Failing row contains`)
const telling = new RegExp(
  `^${PREFIX}(?:ERROR|FATAL|PANIC|WARNING|NOTICE|LOG|INFO|HINT|DEBUG\\d?): |^(?:pg_\\w+|psql)\\b.*: |^Command was: `
)

/**
 * Lines of PostgreSQL's tools and logs without those that may quote rows, such as DETAIL, and without the lines that these go on
 * in: evidence holds no data.
 */
export function withoutRows(lines: string[]): string[] {
  let quotes = false
  return lines.filter(line => {
    if (quoting.test(line)) quotes = true
    else if (telling.test(line)) quotes = false
    return !quotes
  })
}

/** The same of a message into which a tool's last lines were joined. */
export const messageWithoutRows = (message: string) => withoutRows(message.split(' | ')).join(' | ')
