export type * from './catalog.ts'
export { migrate } from './migrate.ts'
export { openCatalog } from './open-catalog.ts'
export { createMasterKey } from './seal.ts'
