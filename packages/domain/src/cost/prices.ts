import { type Static, Type } from 'typebox'

const byClass = (description: string) =>
  Type.Record(Type.String(), Type.Number({ minimum: 0 }), {
    // A mistyped class is an error: it would have no price.
    propertyNames: { pattern: '^[A-Z][A-Z0-9_]{0,63}$' },
    description
  })

/** Prices by storage class. */
export const PriceTable = Type.Object(
  {
    currency: Type.String({ pattern: '^[A-Z]{3}$', examples: ['USD'] }),
    perGbMonth: byClass('A GB is 2^30 bytes, as S3 counts'),
    perThousandPuts: byClass('Also of transitions into the class')
  },
  { additionalProperties: false }
)
export type PriceTable = Static<typeof PriceTable>

/**
 * An example to be replaced by one's own prices: the list prices of us-east-1 (first 50 TB, without tax) as known at the end
 * of 2025. INTELLIGENT_TIERING is its frequent tier and the price of a transition, without its fee for monitoring.
 * @see {@link https://aws.amazon.com/s3/pricing/}
 */
export const examplePrices: PriceTable = {
  currency: 'USD',
  perGbMonth: {
    STANDARD: 0.023,
    STANDARD_IA: 0.0125,
    INTELLIGENT_TIERING: 0.023,
    ONEZONE_IA: 0.01,
    GLACIER_IR: 0.004,
    GLACIER: 0.0036,
    DEEP_ARCHIVE: 0.00099
  },
  perThousandPuts: {
    STANDARD: 0.005,
    STANDARD_IA: 0.01,
    INTELLIGENT_TIERING: 0.01,
    ONEZONE_IA: 0.01,
    GLACIER_IR: 0.02,
    GLACIER: 0.03,
    DEEP_ARCHIVE: 0.05
  }
}
