/** The first `length` characters; one that two surrogates make is never cut in half. */
export const cut = (text: string, length: number) =>
  text.slice(0, length).replace(/[\ud800-\udbff]$/, '')

/** The last `length` characters, in the same way. */
export const cutStart = (text: string, length: number) =>
  text.slice(-length).replace(/^[\udc00-\udfff]/, '')
