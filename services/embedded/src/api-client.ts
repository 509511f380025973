// biome-ignore lint/suspicious/noExplicitAny: answers of the API, shown as they are
export type Json = Record<string, any>

/** A thin client of our own API: JSON in and out, problem+json as an error. */
export function apiClient(baseUrl: string, key: string) {
  return {
    get: (path: string) => call('GET', path),
    post: (path: string, body: Json = {}) => call('POST', path, body),
    page,
    waitFor
  }

  /** An answer as HTML. */
  async function page(path: string): Promise<string> {
    const response = await fetch(baseUrl + path, {
      headers: { authorization: `Bearer ${key}`, accept: 'text/html' }
    })
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`)
    return response.text()
  }

  async function call(method: string, path: string, body?: Json): Promise<Json> {
    const response = await fetch(baseUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${key}`,
        ...(body ? { 'content-type': 'application/json' } : {})
      },
      ...(body ? { body: JSON.stringify(body) } : {})
    })
    const answer = (await response.json()) as Json
    if (!response.ok)
      throw new Error(`${method} ${path}: ${answer.code} ${answer.detail} (${answer.hint})`)
    return answer
  }

  /** Follows a run to its end. @throws with the run's error */
  async function waitFor(
    runId: string,
    onRun: (run: Json) => void = () => {},
    signal?: AbortSignal
  ): Promise<Json> {
    for (;;) {
      signal?.throwIfAborted()
      const run = await call('GET', `/v1/runs/${runId}`)
      onRun(run)
      if (run.status === 'succeeded') return run
      if (run.status === 'failed' || run.status === 'cancelled')
        throw new Error(`Run ${runId} ${run.status}: ${run.error?.code} ${run.error?.message}`)
      await new Promise(resolve => setTimeout(resolve, 150))
    }
  }
}
