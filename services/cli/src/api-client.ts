import { setTimeout as pause } from 'node:timers/promises'
import { AppError, type Code, codes } from '@resguardo/shared'
import type { Connection } from './connection.ts'

// biome-ignore lint/suspicious/noExplicitAny: answers of the API, whose shape its own schemas hold
export type Json = Record<string, any>

export type ApiClient = ReturnType<typeof apiClient>

const POLL_MS = 250
/** How long a run may take that is waited for: long enough for a slow store, short enough for a deploy pipeline. */
const RUN_WAIT_MS = 300_000

/** A client of our own API: JSON in and out; its problems become errors with their code, what happened and a hint. */
export function apiClient({ baseUrl, key }: Connection, signal?: AbortSignal) {
  return { call, list, waitForRun }

  async function call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await send(method, path, body)
    if (response.status === 204) return {}
    const answer = (await response.json().catch(() => {
      throw new AppError(
        'DEPENDENCY_UNAVAILABLE',
        `${baseUrl} answers ${response.status}, but not as our API does`
      )
    })) as Json
    if (response.ok) return answer
    const code: Code = answer.code in codes ? answer.code : 'INTERNAL'
    const fields = (answer.errors ?? []).map((one: Json) => `${one.field} ${one.message}`)
    const what = answer.detail ?? `${response.status} ${response.statusText}`
    throw new AppError(code, [`${method} ${path}: ${what}`, ...fields].join('\n  '), {
      ...(answer.hint && { hint: answer.hint })
    })
  }

  async function send(method: string, path: string, body?: Json): Promise<Response> {
    try {
      return await fetch(baseUrl + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(body && { 'content-type': 'application/json' })
        },
        ...(body && { body: JSON.stringify(body) }),
        ...(signal && { signal })
      })
    } catch (error) {
      const { cause, message } = error as Error & { cause?: { code?: string; message?: string } }
      const why = cause?.code ?? cause?.message ?? message
      throw new AppError('DEPENDENCY_UNAVAILABLE', `No API answers at ${baseUrl}: ${why}`, {
        hint: 'Start it, or give its address with --api or RESGUARDO_API_URL.'
      })
    }
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

  /** @throws with the run's error, or where it takes too long */
  async function waitForRun(id: string): Promise<void> {
    const deadline = Date.now() + RUN_WAIT_MS
    for (;;) {
      const { status, kind, error } = await call('GET', `/v1/runs/${id}`)
      if (status === 'succeeded') return
      if (status === 'failed' || status === 'cancelled')
        throw new AppError(
          error?.code in codes ? error.code : 'INTERNAL',
          `The ${kind} run ${id} ${status === 'failed' ? `failed: ${error?.message}` : 'was cancelled'}`,
          { ...(error?.hint && { hint: error.hint }) }
        )
      if (Date.now() > deadline)
        throw new AppError('OVERLOADED', `The ${kind} run ${id} is still ${status}`, {
          hint: 'See that a worker is running (npm run check) and apply again.'
        })
      await pause(POLL_MS)
    }
  }
}
