import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { everyItem } from '@resguardo/catalog'
import { verifyEvidenceFile } from '@resguardo/drills/verify'
import { Type } from 'typebox'
import { documentPolicy } from '../plugins/security.ts'
import { jsonOrHtml } from '../schemas/content.ts'
import { closed, IdParams, nullable } from '../schemas/fields.ts'

const tags = ['evidence']
/** Of an evidence file; the largest is some hundred KiB. */
const MAX_FILE = 8_000_000

const routes: FastifyPluginAsyncTypebox = async app => {
  const { drills, repositories } = app.catalog

  app.get(
    '/:id',
    {
      config: { role: 'viewer', browser: true, helmet: documentPolicy },
      schema: {
        operationId: 'getEvidence',
        tags,
        summary: 'Read the evidence of a drill',
        description:
          'The very bytes that are signed: JSON, or a page with `Accept: text/html`. The signature is in the header `X-Resguardo-Signature`.',
        params: IdParams,
        response: jsonOrHtml('The evidence')
      }
    },
    async (request, reply) => {
      const { id } = request.params
      const evidence = await drills.evidence(id)
      await request.audit('evidence.read', `drill:${id}`)
      const html = request.headers.accept?.includes('text/html')
      const signature = html ? evidence.htmlSignature : evidence.jsonSignature
      return reply
        .type(html ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8')
        .header('X-Resguardo-Signature', signature.trim())
        .header('Vary', 'Accept')
        .send(Buffer.from(html ? evidence.html : evidence.json))
    }
  )

  app.post(
    '/verify',
    {
      config: { role: 'viewer' },
      bodyLimit: MAX_FILE,
      schema: {
        operationId: 'verifyEvidence',
        tags,
        summary: 'Check that a file is evidence, and its signature',
        description:
          'Against the public keys of all repositories, or against those that are given. `npm run evidence -- verify` does it offline.',
        body: closed({
          content: Type.String({
            minLength: 1,
            maxLength: MAX_FILE,
            description: 'The file, as text'
          }),
          signature: Type.String({ minLength: 1, maxLength: 200, description: 'Text of its .sig' }),
          publicKeys: Type.Optional(
            Type.Array(Type.String({ maxLength: 1_000 }), { minItems: 1, maxItems: 20 })
          )
        }),
        response: {
          200: Type.Object(
            {
              valid: Type.Boolean(),
              signer: nullable(Type.String({ description: 'Fingerprint of the key' })),
              file: nullable(Type.Enum(['json', 'html'], { description: 'What it is' })),
              reason: nullable(Type.String({ description: 'Why it is not valid' }))
            },
            { description: 'Whether it is evidence, and a trusted key signed exactly these bytes' }
          )
        }
      }
    },
    async request => {
      const { content, signature, publicKeys } = request.body
      const trusted = publicKeys ?? (await knownSigners())
      return verifyEvidenceFile({ bytes: Buffer.from(content), signature, publicKeys: trusted })
    }
  )

  async function knownSigners() {
    const keys = new Set<string>()
    for await (const { signers } of everyItem(repositories.list))
      for (const signer of signers) keys.add(signer)
    return [...keys]
  }
}

export default routes
