export { isLocked, storageLocked, WITHOUT_END } from './lock.ts'
export { type OpenOptions, storages } from './registry.ts'
export type {
  Lifecycle,
  LifecycleRule,
  ObjectLock,
  Probe,
  Storage,
  StorageFeatures,
  StoredObject,
  WriteOptions
} from './storage.ts'
export { withMetrics } from './with-metrics.ts'
