export { type OpenOptions, storages } from './registry.ts'
export type { Probe, Storage, StorageFeatures, StoredObject, WriteOptions } from './storage.ts'
export { withMetrics } from './with-metrics.ts'
