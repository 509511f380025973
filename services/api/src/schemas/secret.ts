import type { SecretInput } from '@resguardo/catalog'
import { AppError } from '@resguardo/shared'
import { type TOptional, type TString, Type } from 'typebox'

const Value = Type.String({ minLength: 1, maxLength: 4096, writeOnly: true })
/** Not the service's own variables: they would be handed to the server that the source names. */
const Env = Type.String({
  pattern: '^(?!RESGUARDO_)[A-Z_][A-Z0-9_]{0,127}$',
  description: 'Environment variable of the worker that holds it'
})
const File = Type.String({
  pattern: '^/[^\\u0000-\\u001f]{1,1023}$',
  description: 'File on the worker that holds it'
})

type Names<N extends string> = N | `${N}Env` | `${N}File`
type SecretSchemas<N extends string> = { [K in Names<N>]: TOptional<TString> }

/** The three ways to give one credential: `<name>`, `<name>Env` or `<name>File`. */
export const secretFields = <N extends string>(name: N, what: string) =>
  ({
    [name]: Type.Optional({ ...Value, description: `${what}; sealed, never shown again` }),
    [`${name}Env`]: Type.Optional(Env),
    [`${name}File`]: Type.Optional(File)
  }) as SecretSchemas<N>

interface GivenSecret {
  value?: string | undefined
  env?: string | undefined
  file?: string | undefined
}

/** The credential as the catalog takes it. @throws VALIDATION_FAILED where it is given in more than one way */
export function secretOf(
  name: string,
  { value, env, file }: GivenSecret
): { secret?: SecretInput } {
  const given: SecretInput[] = []
  if (value !== undefined) given.push({ value })
  if (env !== undefined) given.push({ env })
  if (file !== undefined) given.push({ file })
  if (given.length > 1) {
    throw new AppError(
      'VALIDATION_FAILED',
      `body: give only one of ${name}, ${name}Env and ${name}File`
    )
  }
  const [secret] = given
  return secret ? { secret } : {}
}
