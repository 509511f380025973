import { Type } from 'typebox'

const Address = (description: string) =>
  Type.String({
    pattern: '^[^\\s@<>()\\[\\],;:"\\\\]+@[^\\s@<>()\\[\\],;:"\\\\]+$',
    maxLength: 254,
    description
  })

export const emailSettings = Type.Object(
  {
    host: Type.String({
      pattern: '^[A-Za-z0-9._:-]+$',
      maxLength: 255,
      description: 'SMTP server'
    }),
    port: Type.Integer({ minimum: 1, maximum: 65_535, description: 'Its port' }),
    secure: Type.Enum(['tls', 'starttls', 'none'], {
      description:
        'tls from the first byte (mostly port 465), or starttls (587); never less than that. none: only without a user'
    }),
    user: Type.Optional(
      Type.String({ minLength: 1, description: 'Logs in with it; the secret is the password' })
    ),
    from: Address('Sender; its domain stands in the Message-ID too'),
    to: Type.Array(Address('Mailbox, without a name'), {
      minItems: 1,
      maxItems: 50,
      uniqueItems: true,
      description: 'Every mail goes to all of them'
    }),
    caCert: Type.Optional(
      Type.String({
        pattern: '^\\s*-----BEGIN CERTIFICATE-----',
        maxLength: 50_000,
        description:
          "PEM of the authorities that the server's certificate must come from; left out: the public ones"
      })
    )
  },
  {
    additionalProperties: false,
    dependentSchemas: { user: { properties: { secure: { enum: ['tls', 'starttls'] } } } }
  }
)
