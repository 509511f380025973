/** What a receiver said, for an error message: without the secrets that it may repeat, one line, at most 200 characters. */
export const excerpt = (text: string, secrets: string[]) =>
  withoutSecrets(text, secrets)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, 200)
    .toWellFormed()

/** The longest first: one may be a part of another. */
function withoutSecrets(text: string, secrets: string[]) {
  return secrets
    .filter(secret => secret !== '')
    .sort((a, b) => b.length - a.length)
    .reduce((rest, secret) => rest.replaceAll(secret, '[secret]'), text)
}
