import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type Code, codes } from '@resguardo/shared'
import { send } from './send.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of the API, whose shape its own schemas hold
export type Json = Record<string, any>

export interface Connection {
  baseUrl: string
  key: string
}

export type ApiClient = ReturnType<typeof apiClient>

const POLL_MS = 200

/** A client of our own API: JSON in and out; its problems become errors with their code, what happened and a hint. */
export function apiClient({ baseUrl, key }: Connection, signal?: AbortSignal) {
  return {
    call,
    get: (path: string) => call('GET', path),
    post: (path: string, body: Json = {}) => call('POST', path, body),
    html,
    list,
    waitForRun
  }

  async function call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await request(method, path, 'application/json', body)
    return response.status === 204 ? {} : asJson(response)
  }

  /** The page that a browser gets. */
  async function html(path: string): Promise<string> {
    return (await request('GET', path, 'text/html')).text()
  }

  async function request(
    method: string,
    path: string,
    accept: string,
    body?: Json
  ): Promise<Response> {
    const headers = {
      authorization: `Bearer ${key}`,
      accept,
      ...(body && { 'content-type': 'application/json' })
    }
    const response = await send(baseUrl + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal })
    }).catch(unreachable)
    if (response.ok) return response
    const problem = await asJson(response)
    const code: Code = problem.code in codes ? problem.code : 'INTERNAL'
    const fields = (problem.errors ?? []).map((one: Json) => `${one.field} ${one.message}`)
    const what = problem.detail ?? `${response.status} ${response.statusText}`
    throw new AppError(code, [`${method} ${path}: ${what}`, ...fields].join('\n  '), {
      ...(problem.hint && { hint: problem.hint })
    })
  }

  async function asJson(response: Response): Promise<Json> {
    return (await response.json().catch(() => {
      throw new AppError(
        'DEPENDENCY_UNAVAILABLE',
        `${baseUrl} answers ${response.status}, but not as our API does`
      )
    })) as Json
  }

  function unreachable(error: Error): never {
    const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
    const why = cause?.code ?? cause?.message ?? message
    throw new AppError('DEPENDENCY_UNAVAILABLE', `No API answers at ${baseUrl}: ${why}`, {
      hint: 'Start it, or give its address with --api or RESGUARDO_API_URL.'
    })
  }

  /** All items of a list, page after page. */
  async function list(path: string, query: Record<string, string> = {}): Promise<Json[]> {
    const items: Json[] = []
    let cursor: string | null = null
    do {
      const parts = new URLSearchParams({ ...query, limit: '200', ...(cursor && { cursor }) })
      const page = await call('GET', `${path}?${parts}`)
      items.push(...page.items)
      cursor = page.nextCursor
    } while (cursor !== null)
    return items
  }

  /**
   * Follows a run to its end, `onRun` after `onRun`.
   * @returns the run that succeeded
   * @throws with the run's error; OVERLOADED where it is not done after `seconds`
   */
  async function waitForRun(
    id: string,
    { onRun = () => {}, seconds = Number.POSITIVE_INFINITY }: WaitOptions = {}
  ): Promise<Json> {
    const deadline = Date.now() + seconds * 1_000
    for (;;) {
      const run = await call('GET', `/v1/runs/${id}`)
      const { status, kind, error } = run
      onRun(run)
      if (status === 'succeeded') return run
      if (status === 'failed' || status === 'cancelled')
        throw new AppError(
          error?.code in codes ? error.code : 'INTERNAL',
          `The ${kind} run ${id} ${status === 'failed' ? `failed: ${error?.message}` : 'was cancelled'}`,
          { ...(error?.hint && { hint: error.hint }) }
        )
      if (Date.now() > deadline)
        throw new AppError('OVERLOADED', `The ${kind} run ${id} is still ${status}`, {
          hint: 'See that a worker is running (npm run check) and try again.'
        })
      await pause(POLL_MS, undefined, signal ? { signal } : {})
    }
  }
}

interface WaitOptions {
  onRun?: (run: Json) => void
  seconds?: number
}
