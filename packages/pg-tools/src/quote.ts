import pg from 'pg'

/** An SQL identifier, quoted. */
export const ident = (name: string) => pg.escapeIdentifier(name)

/** `"schema"."name"`. */
export const qualified = (schema: string, name: string) => `${ident(schema)}.${ident(name)}`

/** An SQL string literal, for the statements that take no parameters. */
export const literal = (text: string) => pg.escapeLiteral(text)
