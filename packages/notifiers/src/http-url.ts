/** The address of an HTTP receiver; undefined where it is none, or has a user or password in it. */
export function httpUrl(text: string): URL | undefined {
  const url = URL.parse(text)
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : undefined
}

/**
 * What an answer could repeat of the query: all of it, and each value, as it was sent and as it is meant. Values of a few
 * characters are left out: they keep no secret, and occur in any text.
 */
export function querySecrets({ search, searchParams }: URL): string[] {
  const query = search.slice(1)
  const sent = query.split('&').map(pair => pair.slice(pair.indexOf('=') + 1))
  return [query, ...[...sent, ...searchParams.values()].filter(isLong)]
}

/** The same of the path. */
export const pathSecrets = ({ pathname }: URL): string[] => [
  pathname.slice(1),
  ...pathname.split('/').filter(isLong)
]

const isLong = (text: string) => text.length >= 6
