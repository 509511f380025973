/** The whole environment of a tool: no secret of the service, no locale that would translate messages we read. */
export function toolEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', ...extra }
}
