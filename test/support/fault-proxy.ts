import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'

type Verdict = 'pass' | 'hang' | 'cut' | number

/**
 * An HTTP proxy in front of a store that treats each request as `decide` says: passed on, never answered, cut off, or
 * answered with a status. Signatures stay valid: the Host header is passed on as it is, so the store must not check it.
 */
export async function faultProxy(
  t: Test,
  upstream: string,
  decide: (request: IncomingMessage) => Verdict
) {
  const target = new URL(upstream)
  let rule = decide
  const server = createServer((request, response) => {
    const verdict = rule(request)
    if (verdict === 'hang') return void request.resume()
    if (verdict === 'cut') return void request.socket.resetAndDestroy()
    if (typeof verdict === 'number') {
      request.resume()
      request.on('end', () =>
        response
          .writeHead(verdict, { 'content-type': 'application/xml' })
          .end('<Error><Code>SlowDown</Code></Error>')
      )
      return
    }
    const forwarded = httpRequest(
      {
        host: target.hostname,
        port: target.port,
        method: request.method,
        path: request.url,
        headers: request.headers
      },
      answer => {
        response.writeHead(answer.statusCode!, answer.headers)
        answer.pipe(response)
      }
    )
    forwarded.on('error', () => response.destroy())
    request.on('error', () => forwarded.destroy())
    request.pipe(forwarded)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next: typeof decide) => {
      rule = next
    }
  }
}
