import type { Catalog } from '@resguardo/catalog'
import type { FairSlots } from '@resguardo/engines'
import type { Queues } from '@resguardo/jobs'
import type { ClientPrograms } from '@resguardo/pg-tools'
import type { HashThread } from '@resguardo/repository'
import type { Config, Logger, Metrics } from '@resguardo/shared'

/** What every part of the worker is given; opened in main, closed in main. */
export interface Dependencies {
  config: Config
  log: Logger
  catalog: Catalog
  queues: Queues
  metrics: Metrics
  hashes: HashThread
  clients: ClientPrograms[]
  /** Streams at once in this worker. */
  slots: FairSlots
  /** Host, process and a random part: who claimed a run. */
  workerId: string
  /** Names of the queues this worker takes. */
  queuesTaken: string[]
}
