import type { Source as CatalogSource } from '@resguardo/catalog'
import { NAME_PATTERN } from '@resguardo/domain'
import { Type } from 'typebox'
import { closed, DateTime, Id, named } from './fields.ts'
import { json } from './json.ts'
import { secretFields } from './secret.ts'

export const Name = Type.String({
  pattern: NAME_PATTERN,
  maxLength: 63,
  description: 'Becomes a folder of the repository; never changes',
  examples: ['shop']
})

/** What `libpq` would read as a whole connection string is no database name. */
export const DATABASE_PATTERN = '^(?!postgres(ql)?://)[^\\u0000-\\u001f\\u007f=]{1,63}$'
const Database = Type.String({
  pattern: DATABASE_PATTERN,
  examples: ['shop']
})

const SslMode = Type.Enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'])

const required = {
  host: Type.String({
    pattern: '^(/[^\\u0000-\\u001f\\u007f,]{1,200}|[A-Za-z0-9._:%-]{1,255})$',
    description: 'Host name, address, or directory of the Unix socket',
    examples: ['db.internal']
  }),
  database: Database,
  user: Type.String({ pattern: '^[^\\u0000-\\u001f\\u007f]{1,63}$', examples: ['backup'] })
}
const sslRootCert = Type.String({
  pattern: '^-----BEGIN CERTIFICATE-----',
  maxLength: 65_536,
  description: 'PEM of the CA, for verify-ca and verify-full'
})
const password = secretFields('password', 'Password of the user')

export const NewSource = closed({
  name: Name,
  kind: Type.Optional(Type.Enum(['postgresql'])),
  ...required,
  port: Type.Integer({ minimum: 1, maximum: 65_535, default: 5432 }),
  sslMode: Type.Enum(['disable', 'prefer', 'require', 'verify-ca', 'verify-full'], {
    default: 'prefer'
  }),
  sslRootCert: Type.Optional(sslRootCert),
  ...password
})

export const SourceChange = closed(
  {
    host: Type.Optional(required.host),
    database: Type.Optional(required.database),
    user: Type.Optional(required.user),
    port: Type.Optional(Type.Integer({ minimum: 1, maximum: 65_535 })),
    sslMode: Type.Optional(SslMode),
    sslRootCert: Type.Optional(sslRootCert),
    ...password
  },
  { minProperties: 1 }
)

export const Source = named(
  'Source',
  Type.Object(
    {
      id: Id,
      name: Type.String(),
      kind: Type.Enum(['postgresql']),
      host: Type.String(),
      port: Type.Integer(),
      database: Type.String(),
      user: Type.String(),
      sslMode: SslMode,
      sslRootCert: Type.Optional(Type.String()),
      hasSecret: Type.Boolean({ description: 'Whether a password is known; it is never shown' }),
      createdAt: DateTime,
      updatedAt: DateTime
    },
    { description: 'A PostgreSQL database that is backed up' }
  )
)

export function presentSource({ connection, ...source }: CatalogSource) {
  return { ...json(source), ...connection }
}
