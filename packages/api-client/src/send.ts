import { setTimeout as pause } from 'node:timers/promises'

const TRIES = 6
/** Longer than the API ever asks for. */
const LONGEST_WAIT_SECONDS = 60

/**
 * Sends a request, and again where it was refused before anything was done: too many requests, or too much work. Such answers
 * say how long to wait.
 * @returns the answer; still the refusal after some tries, or where `signal` ends the waiting
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
 */
export async function send(url: string, init: RequestInit): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(url, init)
    const seconds = waitAskedFor(response)
    if (seconds === undefined || tries === TRIES) return response
    const refusal = new Response(await response.text(), response) // a signal would cut it off
    try {
      await pause(seconds * 1_000, undefined, init.signal ? { signal: init.signal } : {})
    } catch {
      return refusal
    }
  }
}

function waitAskedFor({ status, headers }: Response): number | undefined {
  if (status !== 429 && status !== 503) return undefined
  const value = headers.get('retry-after')
  if (!value || !/^\d+$/.test(value)) return undefined
  const seconds = Number(value)
  return seconds <= LONGEST_WAIT_SECONDS ? seconds : undefined
}
