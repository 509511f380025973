import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { settingsOf } from '@resguardo/notifiers/settings'
import { Type } from 'typebox'
import { checkChannel } from '../check-channel.ts'
import {
  Channel,
  ChannelChange,
  NewChannel,
  presentChannel,
  TestWaitQuery
} from '../schemas/channel.ts'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { Notification, presentNotification } from '../schemas/notification.ts'
import { secretOf } from '../schemas/secret.ts'
import { settingsInBody } from '../settings-in-body.ts'
import { isTried, sendTest, waitUntilTried } from '../test-notification.ts'

const tags = ['channels']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { channels } = app.catalog

  app.post(
    '',
    {
      config: { role: 'admin', idempotent: true },
      schema: {
        operationId: 'createChannel',
        tags,
        summary: 'Add a channel',
        description:
          'Nothing is sent yet: policies name the channels that hear of them. The secret is sealed and never shown again.',
        body: NewChannel,
        response: { 201: ref(Channel) }
      }
    },
    async (request, reply) => {
      const { kind, name, settings, summary = null } = request.body
      const secret = givenSecret(request.body)
      checkChannel({ kind, settings, summary, hasSecret: secret.secret !== undefined })
      const channel = await channels.create({ kind, name, settings, summary, ...secret })
      await request.audit('channel.create', `channel:${channel.id}`, { name, kind })
      reply.code(201).header('Location', `/v1/channels/${channel.id}`)
      return presentChannel(channel)
    }
  )

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listChannels',
        tags,
        summary: 'List the channels',
        querystring: closed(PageQuery),
        response: { 200: pageOf(Channel) }
      }
    },
    async request => jsonPage(await channels.list(request.query), presentChannel)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getChannel',
        tags,
        summary: 'Show a channel',
        params: IdParams,
        response: { 200: ref(Channel) }
      }
    },
    async request => presentChannel(await channels.get(request.params.id))
  )

  app.patch(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'changeChannel',
        tags,
        summary: 'Change settings, secret or summary of a channel',
        description: 'Given settings replace all of the old ones. The name never changes.',
        params: IdParams,
        body: ChannelChange,
        response: { 200: ref(Channel) }
      }
    },
    async request => {
      const { id } = request.params
      const { settings, summary } = request.body
      const before = await channels.get(id)
      const change = {
        ...(settings && { settings: settingsInBody(settingsOf[before.kind], settings) }),
        ...(summary !== undefined && { summary }),
        ...givenSecret(request.body)
      }
      const hasSecret = before.hasSecret || change.secret !== undefined
      checkChannel({ ...before, ...change, hasSecret })
      const channel = await channels.update(id, change)
      await request.audit('channel.change', `channel:${id}`, { fields: Object.keys(request.body) })
      return presentChannel(channel)
    }
  )

  app.delete(
    '/:id',
    {
      config: { role: 'admin' },
      schema: {
        operationId: 'deleteChannel',
        tags,
        summary: 'Remove a channel',
        description: 'Refused while policies refer to it. Its notifications go with it.',
        params: IdParams,
        response: { 204: Type.Null({ description: 'It is gone' }) }
      }
    },
    async (request, reply) => {
      const { id } = request.params
      const { name } = await channels.get(id)
      await channels.remove(id)
      await request.audit('channel.delete', `channel:${id}`, { name })
      return reply.code(204).send(null)
    }
  )

  app.post(
    '/:id/test',
    {
      config: { role: 'operator', idempotent: true },
      schema: {
        operationId: 'testChannel',
        tags,
        summary: 'Send a test message',
        description: 'It is delivered and retried as every notification; `error` says why not.',
        params: IdParams,
        querystring: TestWaitQuery,
        response: { 200: ref(Notification), 202: ref(Notification) }
      }
    },
    async (request, reply) => {
      const { id } = await sendTest(app, request, await channels.get(request.params.id))
      const notification = await waitUntilTried(app, request, id, request.query.wait)
      reply.code(isTried(notification) ? 200 : 202).header('Location', `/v1/notifications/${id}`)
      return presentNotification(notification)
    }
  )
}

export default routes

interface GivenSecret {
  secret?: string
  secretEnv?: string
  secretFile?: string
}

function givenSecret({ secret: value, secretEnv: env, secretFile: file }: GivenSecret) {
  return secretOf('secret', { value, env, file })
}
