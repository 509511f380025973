import { AppError } from '@resguardo/shared'
import { excerpt } from './excerpt.ts'

export interface Post {
  url: URL
  /** How errors name the receiver: nothing secret. */
  receiver: string
  headers: Headers
  body: string
  /** Never to stand in an error, whoever says it. */
  secrets: string[]
  timeoutMs: number
}

/** So much of an answer is read, in characters; secrets are taken out before it is cut for the error message. */
const answerLimit = 4_000

/**
 * One POST; a status of 2xx is success. Its errors have no cause: fetch keeps in it what the message leaves out.
 * @throws NOTIFICATION_FAILED, NOTIFICATION_REFUSED, the signal's reason
 */
export async function post(
  { url, receiver, headers, body, secrets, timeoutMs }: Post,
  signal: AbortSignal
): Promise<void> {
  signal.throwIfAborted()
  const timeout = AbortSignal.timeout(timeoutMs)
  const either = AbortSignal.any([signal, timeout])
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    signal: either
  }).catch(error => {
    signal.throwIfAborted()
    const reason = timeout.aborted ? `no answer within ${timeoutMs} ms` : networkReason(error)
    throw new AppError('NOTIFICATION_FAILED', `${receiver}: ${excerpt(reason, secrets)}`)
  })
  if (response.ok) return void response.body?.cancel().catch(() => {})
  const answer = excerpt(await readSome(response), secrets)
  signal.throwIfAborted()
  throw refusal(response.status, receiver, answer)
}

function refusal(status: number, receiver: string, answer: string): AppError {
  if (status < 400)
    return new AppError(
      'NOTIFICATION_REFUSED',
      `${receiver} answered ${status}: redirects are not followed`,
      { hint: 'Give the channel the address that it redirects to.' }
    )
  const isTemporary = status >= 500 || [408, 425, 429].includes(status)
  return new AppError(
    isTemporary ? 'NOTIFICATION_FAILED' : 'NOTIFICATION_REFUSED',
    `${receiver} answered ${status}${answer && `: ${answer}`}`
  )
}

/** The beginning of the answer's text. One that breaks or never ends gives what has come. */
async function readSome(response: Response): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true })
      if (text.length >= answerLimit) break
    }
  } catch {
    // The status says enough.
  }
  return text
}

/** fetch says no more than "fetch failed"; why is in the cause, and only its code where several addresses were tried. */
function networkReason(error: unknown): string {
  const { cause = error } = error as { cause?: unknown }
  const { message, code } = cause as NodeJS.ErrnoException
  return message || code || String(cause)
}
