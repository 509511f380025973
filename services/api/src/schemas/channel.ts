import type { Channel as CatalogChannel } from '@resguardo/catalog'
import { Cron, NAME_PATTERN, TimeZone } from '@resguardo/domain'
import { settingsOf } from '@resguardo/notifiers/settings'
import { type TSchema, Type } from 'typebox'
import { closed, DateTime, FreeObject, Id, named, nullable } from './fields.ts'
import { json } from './json.ts'
import { secretFields } from './secret.ts'

const SummaryTime = closed(
  { cron: Cron, timeZone: TimeZone },
  { description: 'When a report of all policies is sent; null: never' }
)
const summary = Type.Optional(nullable(SummaryTime))

const newChannel = <K extends keyof typeof settingsOf, S extends TSchema>(
  kind: K,
  settings: S,
  { title, secret }: { title: string; secret: string }
) =>
  closed(
    {
      kind: Type.Literal(kind),
      name: Type.String({
        pattern: NAME_PATTERN,
        description: 'Never changes',
        examples: ['on-call']
      }),
      settings,
      summary,
      ...secretFields('secret', secret)
    },
    { title }
  )

export const NewChannel = Type.Union([
  newChannel('webhook', settingsOf.webhook, {
    title: 'Webhook',
    secret: 'Key that signs each message; required'
  }),
  newChannel('slack', Type.Unsafe<Record<string, never>>({ ...settingsOf.slack, default: {} }), {
    title: 'Slack, or what understands the same',
    secret: 'Address of the webhook; required'
  }),
  newChannel('email', settingsOf.email, {
    title: 'E-mail',
    secret: 'Password of the SMTP user; required where there is one'
  })
])

export const ChannelChange = closed(
  {
    settings: Type.Optional(
      Type.Unsafe<Record<string, unknown>>({
        type: 'object',
        description: 'As when the channel was added; the kind never changes'
      })
    ),
    summary,
    ...secretFields('secret', 'As when the channel was added')
  },
  { minProperties: 1 }
)

/** How long a test may wait for its delivery before it answers 202. */
export const TestWaitQuery = closed({
  wait: Type.Integer({
    minimum: 0,
    maximum: 60,
    default: 0,
    description: 'Seconds to wait for the first try; then 200 instead of 202'
  })
})

export const Channel = named(
  'Channel',
  Type.Object(
    {
      id: Id,
      name: Type.String(),
      kind: Type.Enum(['webhook', 'slack', 'email']),
      settings: FreeObject,
      hasSecret: Type.Boolean({ description: 'Whether a secret is known; it is never shown' }),
      summary: nullable(SummaryTime),
      summaryFor: nullable(
        Type.String({ format: 'date-time', description: 'Time of the report that was sent last' })
      ),
      createdAt: DateTime,
      updatedAt: DateTime
    },
    { description: 'Where notifications go' }
  )
)

export const presentChannel = (channel: CatalogChannel) => json(channel)
