import { Type } from 'typebox'

const headerName =
  '^(?!([Aa]uthorization|[Pp]roxy-[Aa]uthorization|[Cc]ookie)$)[A-Za-z0-9-]{1,100}$'

export const webhookSettings = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^/@?#\\s]+([/?][^#\\s]*)?$',
      maxLength: 2_000,
      description:
        'Where messages are posted, without user and password; redirects are not followed'
    }),
    headers: Type.Optional(
      Type.Record(Type.String(), Type.String({ pattern: '^[\\x20-\\x7e]*$', maxLength: 1_000 }), {
        propertyNames: { pattern: headerName },
        maxProperties: 20,
        description:
          'Further headers. They are shown to everyone who may read the channel: no credentials; the signature proves the sender'
      })
    )
  },
  { additionalProperties: false }
)
