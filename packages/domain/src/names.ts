/**
 * The rule for names of sources and repositories: they become folders of a key, so nothing that a path, a shell or a
 * URL would read differently. Lower-case letters, digits, `-` and `_`, 1 to 63 characters, beginning with a letter or digit.
 */
export const NAME_PATTERN = '^[a-z0-9][a-z0-9_-]{0,62}$'

const rule = new RegExp(NAME_PATTERN)

export const isName = (text: string) => rule.test(text)
