import type { Hook } from '@resguardo/domain'

/** Makes a request; any answer but 2xx is a failure. Redirects are not followed. */
export async function httpHook(
  { method, url, body, timeoutSeconds }: Extract<Hook, { kind: 'http' }>,
  about: { policy: string; source: string },
  signal: AbortSignal
): Promise<void> {
  const response = await fetch(url, {
    method,
    redirect: 'error',
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSeconds * 1_000)]),
    ...(method === 'GET'
      ? {}
      : {
          headers: { 'content-type': 'application/json' },
          body: body ?? JSON.stringify({ hook: 'resguardo', ...about })
        })
  })
  await response.body?.cancel()
  if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`)
}
