/** A mail as it came over the wire, read: enough of MIME for what the tests send. */
export interface Mail {
  headers: [string, string][]
  type: string
  content: string
  parts: Mail[]
}

export function readMail(raw: Buffer): Mail {
  const source = raw.toString('latin1')
  const end = source.indexOf('\r\n\r\n')
  const headers = source
    .slice(0, end)
    .replace(/\r\n[ \t]+/g, ' ')
    .split('\r\n')
    .map(line => line.split(/: ?(.*)/s).slice(0, 2) as [string, string])
  const of = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1] ?? ''
  const body = source.slice(end + 4)
  const boundary = /boundary="([^"]+)"/.exec(of('content-type'))?.[1]
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map(part => readMail(Buffer.from(part.slice(2, -2), 'latin1')))
    : []
  return {
    headers: headers.map(([name, value]) => [name, decodeWords(value)]),
    type: of('content-type').split(';')[0]!,
    content: decode(body, of('content-transfer-encoding')),
    parts
  }
}

export const header = ({ headers }: Mail, name: string) =>
  headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value)

/** The mail itself and every part of it, in order. */
export const allParts = (mail: Mail): Mail[] => [mail, ...mail.parts.flatMap(allParts)]

function decode(body: string, encoding: string) {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString()
  return encoding === 'quoted-printable'
    ? quotedPrintable(body.replace(/=\r\n/g, ''))
    : Buffer.from(body, 'latin1').toString()
}

const quotedPrintable = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1'
  ).toString()

/** RFC 2047 */
const decodeWords = (value: string) =>
  value
    .replace(/\?= +=\?/g, '?==?')
    .replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_, kind, text) =>
      /b/i.test(kind)
        ? Buffer.from(text, 'base64').toString()
        : quotedPrintable(text.replaceAll('_', ' '))
    )
