import type { ScratchMemory } from './scratch-memory.ts'

/**
 * Nothing here must survive, and nothing must reach out: no TCP listener, no durability, no background work of extensions, no
 * archiving, no replication.
 */
export const scratchSettings = ({ sharedBuffersMb }: ScratchMemory) => ({
  shared_buffers: `${sharedBuffersMb}MB`,
  listen_addresses: '',
  // What was loaded without WAL would be gone after a crash: rather no server than an empty table.
  restart_after_crash: 'off',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  max_wal_size: '4GB',
  checkpoint_timeout: '1h',
  autovacuum: 'off',
  archive_mode: 'off',
  shared_preload_libraries: '',
  max_logical_replication_workers: '0',
  max_connections: '100',
  max_locks_per_transaction: '1024',
  wal_init_zero: 'off',
  wal_recycle: 'off',
  // A container's /dev/shm is small.
  dynamic_shared_memory_type: 'mmap',
  logging_collector: 'off',
  log_min_messages: 'warning',
  // The log is shown in evidence: no values of rows, no statements.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic'
})
