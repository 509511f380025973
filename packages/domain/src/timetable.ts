import { type Static, type TProperties, Type } from 'typebox'
import { NAME_PATTERN } from './names.ts'

const closed = <T extends TProperties>(properties: T, options: object = {}) =>
  Type.Object(properties, { ...options, additionalProperties: false })

export const TimeZone = Type.String({
  minLength: 1,
  maxLength: 64,
  default: 'UTC',
  description: 'IANA time zone of schedules, windows and retention periods',
  examples: ['America/Sao_Paulo']
})

export const Cron = Type.String({
  minLength: 9,
  maxLength: 120,
  description: 'Five fields: minute, hour, day of month, month, day of week',
  examples: ['0 2 * * 0']
})

export const Schedule = closed({
  name: Type.String({ pattern: NAME_PATTERN, description: 'Of this policy; appears in labels' }),
  cron: Cron,
  jitterSeconds: Type.Integer({
    minimum: 0,
    maximum: 3_600,
    default: 0,
    description: 'Each start is moved by up to so much, so that many sources do not start at once'
  })
})

export type Schedule = Static<typeof Schedule>
