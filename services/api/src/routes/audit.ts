import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AuditEntry } from '../schemas/audit-entry.ts'
import { closed, nullable, PageQuery, pageOf } from '../schemas/fields.ts'
import { json, jsonPage } from '../schemas/json.ts'

const tags = ['audit']

const Verdict = Type.Object(
  {
    valid: Type.Boolean(),
    firstBrokenId: nullable(Type.Integer({ description: 'The first entry that does not fit' }))
  },
  { description: 'Whether the chain of hashes holds' }
)

const routes: FastifyPluginAsyncTypebox = async app => {
  const { audit } = app.catalog

  app.get(
    '',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'listAudit',
        tags,
        summary: 'Read the audit log',
        querystring: closed(PageQuery),
        response: { 200: pageOf(AuditEntry) }
      }
    },
    async request => jsonPage(await audit.list(request.query), item => json(item))
  )

  app.get(
    '/verify',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'verifyAudit',
        tags,
        summary: 'Check that the audit log was not changed',
        response: { 200: Verdict }
      }
    },
    async () => {
      const broken = await audit.verify()
      return { valid: broken === undefined, firstBrokenId: broken ?? null }
    }
  )
}

export default routes
