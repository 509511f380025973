/** Runs `work` with a signal that aborts on Ctrl-C or SIGTERM, then exits: 0, 1 with the error's text, or 130. */
export async function interruptible(work: (signal: AbortSignal) => Promise<void>): Promise<never> {
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (!stop.signal.aborted) process.stderr.write('\nStopping …\n')
      stop.abort(new Error('interrupted'))
    })
  }
  try {
    await work(stop.signal)
    process.exit(0)
  } catch (error) {
    if (stop.signal.aborted) process.exit(130)
    const { message, hint } = error as { message: string; hint?: string }
    process.stderr.write(`\n${message}\n${hint ? `${hint}\n` : ''}`)
    process.exit(1)
  }
}
