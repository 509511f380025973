import {
  type ClientRequest,
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'

/**
 * The whole answer, also to a request that is taken in at 10 MB a second; none though the store acted; or so many bytes of its
 * body and then the end, or silence.
 */
type Answer = 'whole' | 'slow' | 'lost' | { cutAfter: number } | { stallAfter: number }

/** A proxy that passes every request on and spoils answers as `decide` says. The fault proxy spoils requests. */
export async function answerProxy(
  t: Test,
  upstream: string,
  decide: (request: IncomingMessage) => Answer | Promise<Answer>
) {
  const { hostname: host, port } = new URL(upstream)
  const open = new Set<ServerResponse>()
  const server = createServer(async (request, response) => {
    open.add(response)
    response.on('close', () => open.delete(response))
    const answer = await decide(request)
    const { method, url: path, headers } = request
    const forwarded = httpRequest({ host, port, method, path, headers }, stored => {
      if (answer === 'lost') {
        stored.resume().on('end', () => request.socket.resetAndDestroy())
        return
      }
      response.writeHead(stored.statusCode!, stored.headers)
      if (answer === 'whole' || answer === 'slow') return void stored.pipe(response)
      spoil(stored, response, answer)
    })
    forwarded.on('error', () => response.destroy())
    response.on('close', () => forwarded.destroy())
    if (answer === 'slow') slowly(request, forwarded).catch(() => forwarded.destroy())
    else request.pipe(forwarded)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Answers on their way. */
    open
  }
}

async function slowly(request: IncomingMessage, forwarded: ClientRequest) {
  for await (const chunk of request) {
    forwarded.write(chunk)
    await sleep(chunk.length / 10_000)
  }
  forwarded.end()
}

function spoil(
  stored: IncomingMessage,
  response: ServerResponse,
  answer: { cutAfter: number } | { stallAfter: number }
) {
  let left = 'cutAfter' in answer ? answer.cutAfter : answer.stallAfter
  stored.on('data', chunk => {
    if (left <= 0) return
    response.write(chunk.subarray(0, left))
    left -= chunk.length
    if (left > 0) return
    stored.pause()
    if ('cutAfter' in answer) setTimeout(() => response.socket?.resetAndDestroy(), 50)
  })
}
