import { examplePrices } from '@resguardo/domain'
import t from 'tap'
import { readPrices } from '../src/policy-projection.ts'
import { buildTestApp } from './support.ts'

const url = '/v1/prices'
const own = {
  currency: 'EUR',
  perGbMonth: { STANDARD: 0.02, COLD_LINE: 0 },
  perThousandPuts: { STANDARD: 0.004 }
}

t.test('the price table is an example until somebody puts their own', async t => {
  const { ask, catalog } = await buildTestApp(t)
  t.strictSame((await ask('viewer', { url })).json(), examplePrices)
  const put = await ask('admin', { method: 'PUT', url, body: own })
  t.equal(put.statusCode, 200, put.body)
  t.strictSame(put.json(), own)
  t.strictSame((await ask('viewer', { url })).json(), own)
  t.strictSame(await readPrices(catalog), own, 'projections use them')
  t.match((await ask('admin', { url: '/v1/audit' })).json().items, [
    { actor: 'key:admin', action: 'prices.replace', resource: 'prices', detail: own }
  ])
})

t.test('a price table that says something else than prices is refused', async t => {
  const { ask } = await buildTestApp(t)
  const refused = async (change: object, field: string) => {
    const answer = await ask('admin', { method: 'PUT', url, body: { ...own, ...change } })
    t.match(answer.json(), { code: 'VALIDATION_FAILED', errors: [{ field }] }, field)
  }
  await refused({ currency: 'euro' }, 'body/currency')
  await refused({ perGbMonth: { STANDARD: -1 } }, 'body/perGbMonth/STANDARD')
  await refused({ perGbMonth: { standard: 0.02 } }, 'body/perGbMonth/standard')
  await refused({ perThousandPuts: undefined }, 'body/perThousandPuts')
  await refused({ perGbYear: {} }, 'body/perGbYear')
  const endless = await ask('admin', {
    method: 'PUT',
    url,
    headers: { 'content-type': 'application/json' },
    payload: JSON.stringify(own).replace('0.004', '1e999')
  })
  t.equal(endless.json().code, 'VALIDATION_FAILED')
  for (const role of ['viewer', 'operator'] as const)
    t.equal((await ask(role, { method: 'PUT', url, body: own })).json().code, 'FORBIDDEN')
  t.strictSame((await ask('viewer', { url })).json(), examplePrices)
})
