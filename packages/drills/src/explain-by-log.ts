import { AppError } from '@resguardo/shared'

const FULL = /No space left on device/
const ENDED = /PANIC: |was terminated by signal/

/** An error as the server's own log explains it: where its disk ran full or it was killed, clients only say that it is gone. */
export function explainByLog(error: unknown, log: string[]): unknown {
  const full = log.findLast(line => FULL.test(line))
  if (full)
    return new AppError('DRILL_NO_SPACE', `The disk of the drill's server ran full: ${full}`, {
      cause: error
    })
  const ended = log.findLast(line => ENDED.test(line))
  if (!ended) return error
  return new AppError('PG_UNREACHABLE', `The drill's server ended: ${ended}`, {
    cause: error,
    hint: 'Signal 9 is mostly the kernel, out of memory: give the worker more, or let the drill have fewer jobs.'
  })
}
