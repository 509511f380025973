import type { Exposed } from '../check.ts'

const credential = '[^"]*(?:passw|secret|token|authorization|cookie|api[_-]?key|credential)[^"]*'
const member = new RegExp(`("${credential}"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*("|$)`, 'gi')
const credentialName = new RegExp(`^${credential}$`, 'i')

/** The one-time password, in all its forms. */
export function secretsOf({ url, env }: Exposed): string[] {
  const { password } = new URL(url)
  return [password, decodeURIComponent(password), env.PGPASSWORD ?? '']
}

/** Texts of a request that are credentials by the name of their header or member. */
export function credentialsIn(headers: Record<string, string>, body: unknown): string[] {
  const found: string[] = []
  const look = (name: string, value: unknown) => {
    if (typeof value === 'string' && credentialName.test(name))
      found.push(value, value.split(' ').at(-1)!)
    return value
  }
  for (const [name, value] of Object.entries(headers)) look(name, value)
  JSON.stringify(body, look)
  return found
}

/** A text for evidence: known secrets, and members of JSON that look like credentials, are `***`. */
export function withoutSecrets(text: string, secrets: string[]): string {
  return secrets
    .filter(secret => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '***'), text)
    .replace(member, '$1"***"')
}
