import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'

export interface Request {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** An HTTP server that keeps what it was sent and answers as `answer` does; at first with 204. */
export async function httpReceiver(t: Test) {
  const requests: Request[] = []
  const receiver = {
    url: '',
    requests,
    server: createServer(async (incoming, response) => {
      const { method, url, headers } = incoming
      const request = { method: method!, url: url!, headers, body: await text(incoming) }
      requests.push(request)
      receiver.answer(response, request)
      receiver.server.emit('reached')
    }),
    answer: (response: ServerResponse, _: Request): void => void response.writeHead(204).end(),
    close: () => {
      receiver.server.closeAllConnections()
      return new Promise(resolve => receiver.server.close(resolve))
    }
  }
  await once(receiver.server.listen(0, '127.0.0.1'), 'listening')
  receiver.url = `http://127.0.0.1:${(receiver.server.address() as AddressInfo).port}`
  t.teardown(receiver.close)
  return receiver
}
