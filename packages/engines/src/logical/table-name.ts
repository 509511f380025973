import { ident } from '@resguardo/pg-tools'
import { AppError } from '@resguardo/shared'

export interface TableName {
  schema: string
  name: string
}

const part = '(?:"((?:[^"]|"")+)"|([^".]+))'
const pattern = new RegExp(`^${part}\\.${part}$`)

/** `public.events`, or with quotes as in SQL: `"odd.schema"."Table"`. Case is kept as it stands. @throws VALIDATION_FAILED */
export function parseTableName(text: string): TableName {
  const match = pattern.exec(text)
  if (!match) {
    throw new AppError('VALIDATION_FAILED', `${JSON.stringify(text)} is not schema.table`, {
      hint: 'Write schema.table; put double quotes around a name with a dot in it.'
    })
  }
  const [, quotedSchema, schema, quotedName, name] = match
  return { schema: schema ?? unquote(quotedSchema!), name: name ?? unquote(quotedName!) }
}

const unquote = (text: string) => text.replaceAll('""', '"')

export const sameTable = (a: TableName, b: TableName) => a.schema === b.schema && a.name === b.name

/** As a pattern of pg_dump that matches exactly this table: inside of double quotes nothing is special. */
export const tablePattern = ({ schema, name }: TableName) => `${ident(schema)}.${ident(name)}`
