import { PriceTable } from '@resguardo/domain'
import { closed, named } from './fields.ts'

export const NewPrices = closed(PriceTable.properties)

export const Prices = named(
  'Prices',
  closed(PriceTable.properties, {
    description: 'What storage classes cost; an example until it is replaced'
  })
)
