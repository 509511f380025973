import { readFileSync } from 'node:fs'
import { Value } from 'typebox/value'
import { AppError } from './app-error.ts'
import { type Config, ConfigSchema } from './config-schema.ts'

const PREFIX = 'RESGUARDO_'
const { properties } = ConfigSchema

/**
 * The only reader of the environment. Takes `RESGUARDO_*` variables and, for secrets, `RESGUARDO_*_FILE`; an unknown
 * RESGUARDO_ variable is a mistake and refused.
 * @throws CONFIG_INVALID naming every wrong variable at once; never shows a secret's value
 */
export function loadConfig(env: NodeJS.ProcessEnv, required: (keyof Config)[] = []): Config {
  const problems: string[] = []
  const given: Record<string, string> = {}
  for (const [variable, value] of Object.entries(env)) {
    if (!variable.startsWith(PREFIX) || value === undefined || value === '') continue
    const name = variable.slice(PREFIX.length)
    const fileOf = name.endsWith('_FILE') ? name.slice(0, -5) : ''
    if (name in properties) given[name] = value
    else if (isSecret(fileOf)) readSecret(fileOf, value)
    else problems.push(`${variable} is not a known variable`)
  }
  const config = Value.Convert(ConfigSchema, Value.Default(ConfigSchema, given))
  for (const { instancePath, message } of Value.Errors(ConfigSchema, config)) {
    problems.push(`${PREFIX}${instancePath.slice(1)} ${message}`)
  }
  for (const name of required) {
    if (!(config as Config)[name]) problems.push(`${PREFIX}${name} is not set`)
  }
  if (problems.length > 0) {
    throw new AppError('CONFIG_INVALID', `Invalid configuration:\n  ${problems.join('\n  ')}`)
  }
  return Object.freeze(config as Config)

  function readSecret(name: string, path: string) {
    try {
      if (given[name] !== undefined || env[PREFIX + name])
        problems.push(`${PREFIX}${name} and ${PREFIX}${name}_FILE are both set`)
      given[name] = readFileSync(path, 'utf8').trimEnd()
    } catch (error) {
      problems.push(`${PREFIX}${name}_FILE cannot be read: ${(error as Error).message}`)
    }
  }
}

function isSecret(name: string) {
  const schema = properties[name as keyof typeof properties]
  return schema !== undefined && 'secret' in schema
}
