import { asAppError } from '@resguardo/shared'

/** Runs a command: prints its help for `--help`, its error with code and hint, and exits 0 or 1. */
export async function runCommand(
  help: string,
  work: (args: string[]) => Promise<void>
): Promise<never> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${help}\n`)
    process.exit(0)
  }
  try {
    await work(args)
    process.exit(0)
  } catch (error) {
    const { code, message, hint } = asAppError(error)
    process.stderr.write(`${code}: ${message}\n${hint}\n`)
    process.exit(1)
  }
}
