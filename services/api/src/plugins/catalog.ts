import { type Catalog, openCatalog } from '@resguardo/catalog'
import type { Config } from '@resguardo/shared'
import fp from 'fastify-plugin'

declare module 'fastify' {
  interface FastifyInstance {
    catalog: Catalog
  }
}

/** `app.catalog`: the record of truth. Secrets go in; the API never reads one back. */
export default fp<{ config: Config }>(
  async (app, { config }) => {
    const catalog = await openCatalog({
      url: config.CATALOG_URL,
      masterKey: config.MASTER_KEY,
      ...(config.MASTER_KEY_PREVIOUS && { previousMasterKey: config.MASTER_KEY_PREVIOUS }),
      onError: err => app.log.warn({ err }, 'catalog connection error')
    })
    app.decorate('catalog', catalog)
    app.addHook('onClose', () => catalog.close())
  },
  { name: 'catalog' }
)
