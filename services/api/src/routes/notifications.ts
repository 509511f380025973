import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { closed, IdParams, PageQuery, pageOf, ref } from '../schemas/fields.ts'
import { jsonPage } from '../schemas/json.ts'
import { Notification, NotificationState, presentNotification } from '../schemas/notification.ts'

const tags = ['notifications']

const routes: FastifyPluginAsyncTypebox = async app => {
  const { notifications } = app.catalog

  app.get(
    '',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'listNotifications',
        tags,
        summary: 'List the notifications',
        querystring: closed({ ...PageQuery, state: Type.Optional(NotificationState) }),
        response: { 200: pageOf(Notification) }
      }
    },
    async request => jsonPage(await notifications.list(request.query), presentNotification)
  )

  app.get(
    '/:id',
    {
      config: { role: 'viewer' },
      schema: {
        operationId: 'getNotification',
        tags,
        summary: 'Show a notification',
        params: IdParams,
        response: { 200: ref(Notification) }
      }
    },
    async request => presentNotification(await notifications.get(request.params.id))
  )
}

export default routes
