import type { Answer } from './contract.ts'
import type { httpReceiver } from './http-receiver.ts'

/** A receiver that answers as the contract asks, and the bodies that it accepted. */
export function answering(receiver: Awaited<ReturnType<typeof httpReceiver>>, secrets: string[]) {
  const bodies: string[] = []
  let how: Answer = 'accept'
  receiver.answer = (response, { url, body }) => {
    if (how === 'silent') return
    if (how === 'later') return void response.writeHead(503).end('Try later')
    if (how === 'refuse')
      return void response.writeHead(404).end(`No ${secrets.join(' ')} at ${url}\n`.repeat(500))
    bodies.push(body)
    response.writeHead(200).end('ok')
  }
  return {
    bodies,
    answer: (next: Answer) => {
      how = next
    }
  }
}
