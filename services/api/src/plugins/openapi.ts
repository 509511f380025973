import swagger from '@fastify/swagger'
import type { RouteOptions } from 'fastify'
import fp from 'fastify-plugin'
import { Type } from 'typebox'
import { asSent } from '../schemas/as-sent.ts'
import { sharedSchemas } from '../schemas/index.ts'
import { problemResponses } from '../schemas/problem.ts'

const tags = {
  backups: 'Restore points, and making one',
  restores: 'Bringing a backup back into a new database, or only planning it',
  runs: 'Executions of jobs: progress, history, cancel',
  policies: 'When a source is backed up, for how long, how soon, and who is told',
  drills: 'Test restores, and starting one',
  evidence: 'What drills proved, signed; and reports on it',
  holds: 'Pins that no rule can override',
  sources: 'What is backed up',
  repositories: 'Where backups are stored',
  status: 'How things stand, in one answer',
  channels: 'Where notifications go, and trying one',
  incidents: 'What is or was wrong, from when to when',
  notifications: 'Messages to channels, and whether they arrived',
  secrets: 'Register of secrets that must be replaced: names and dates only',
  prices: 'What storage classes cost, for projections',
  'api-keys': 'Who may use the API',
  audit: 'Who changed what',
  health: 'Whether the service lives and is ready'
}

const description = `Backs up PostgreSQL and proves that every backup restores.

Keys go into \`Authorization: Bearer rg_...\`. Lists page by cursor. Errors are RFC 9457 problems with a stable \`code\`.
POSTs that create take an \`Idempotency-Key\`: the same request with the same key is done once.`

const IdempotencyKey = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'Makes repeating the request harmless; kept 24 h'
    })
  )
})

/** The OpenAPI 3.1 document, from the same schemas that validate; adds to every route what all of them share. */
export default fp(
  async app => {
    for (const schema of sharedSchemas) app.addSchema(schema)
    app.addHook('onRoute', describeShared)
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Resguardo',
          version: '1',
          description,
          license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
          contact: { name: 'The Resguardo maintainers' }
        },
        servers: [{ url: '/', description: 'This service' }],
        tags: Object.entries(tags).map(([name, text]) => ({ name, description: text })),
        components: {
          securitySchemes: {
            key: { type: 'http', scheme: 'bearer', description: 'An API key, `rg_...`' }
          }
        }
      },
      refResolver: { buildLocalReference: schema => String(schema.$id) },
      convertConstToEnum: false,
      transform: ({ schema, url }) => ({ schema: asSent(schema), url })
    })
  },
  { name: 'openapi' }
)

function describeShared(route: RouteOptions) {
  const { schema, config = {} } = route
  if (!schema || schema.hide) return
  const needs = config.role ? `\n\nNeeds the role \`${config.role}\`.` : ''
  route.schema = {
    ...schema,
    description: `${schema.description ?? schema.summary ?? ''}${needs}`,
    security: config.public ? [] : [{ key: [] }],
    ...(config.role && { 'x-role': config.role }),
    ...(config.idempotent && { headers: IdempotencyKey }),
    response: { ...(schema.response as object), ...problemResponses }
  }
}
