import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every metric of both services, declared once. Names follow https://prometheus.io/docs/practices/naming/ */
export function createMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    httpDuration: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer an HTTP request',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers
    }),
    authFailures: new Counter({
      name: 'resguardo_auth_failures_total',
      help: 'Requests refused for a missing, wrong, expired or revoked key',
      registers
    }),
    rateLimited: new Counter({
      name: 'resguardo_rate_limited_total',
      help: 'Requests refused by the rate limit',
      registers
    }),
    runsFinished: new Counter({
      name: 'resguardo_runs_finished_total',
      help: 'Attempts of runs by how they ended; code is the error code, empty on success',
      labelNames: ['kind', 'status', 'code'],
      registers
    }),
    runsActive: new Gauge({
      name: 'resguardo_runs_active',
      help: 'Runs this worker executes now',
      labelNames: ['kind'],
      registers
    }),
    runDuration: new Histogram({
      name: 'resguardo_run_duration_seconds',
      help: 'Wall time of an attempt of a run',
      labelNames: ['kind', 'status'],
      buckets: [1, 5, 15, 60, 300, 900, 1800, 3600, 7200, 14400],
      registers
    }),
    runWait: new Histogram({
      name: 'resguardo_run_wait_seconds',
      help: 'Time from the request of a run to its first claim',
      labelNames: ['kind'],
      buckets: [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600],
      registers
    }),
    backupLastSuccess: new Gauge({
      name: 'resguardo_backup_last_success_timestamp_seconds',
      help: 'When the newest good backup of a source was finished',
      labelNames: ['source', 'kind'],
      registers
    }),
    backupBytes: new Gauge({
      name: 'resguardo_backup_stored_bytes',
      help: 'Stored bytes of the newest good backup of a source',
      labelNames: ['source', 'kind'],
      registers
    }),
    backupsFoundDamaged: new Counter({
      name: 'resguardo_backups_found_damaged_total',
      help: 'Times that a verify run found stored bytes to differ from the manifest',
      registers
    }),
    backupsDamaged: new Gauge({
      name: 'resguardo_backups_damaged',
      help: 'Backups of a source that are marked damaged now',
      labelNames: ['source'],
      registers
    }),
    verifyOldest: new Gauge({
      name: 'resguardo_verify_oldest_timestamp_seconds',
      help: 'When the good backup of a source that was verified longest ago was last read (or made)',
      labelNames: ['source'],
      registers
    }),
    restoreLastDuration: new Gauge({
      name: 'resguardo_restore_last_duration_seconds',
      help: 'Wall time of the last successful restore of a source',
      labelNames: ['source'],
      registers
    }),
    systemStatus: new Gauge({
      name: 'resguardo_system_status',
      help: 'Verdict about the installation itself: 0 ok, 1 warning, 2 critical',
      registers
    }),
    policyStatus: new Gauge({
      name: 'resguardo_policy_status',
      help: 'Verdict about a policy: 0 ok, 1 warning, 2 critical',
      labelNames: ['policy'],
      registers
    }),
    policyFinding: new Gauge({
      name: 'resguardo_policy_finding',
      help: 'What is wrong now: 1 warning, 2 critical; without a policy: about the installation',
      labelNames: ['policy', 'kind'],
      registers
    }),
    policyBackupAge: new Gauge({
      name: 'resguardo_policy_backup_age_seconds',
      help: 'Age of the newest good backup of a policy',
      labelNames: ['policy'],
      registers
    }),
    policyRpo: new Gauge({
      name: 'resguardo_policy_rpo_objective_seconds',
      help: 'Age that the newest good backup of a policy may have',
      labelNames: ['policy'],
      registers
    }),
    policyBackups: new Gauge({
      name: 'resguardo_policy_good_backups',
      help: 'Good backups of a policy in its own repository',
      labelNames: ['policy'],
      registers
    }),
    drillsFinished: new Counter({
      name: 'resguardo_drills_total',
      help: 'Drills by how they ended',
      labelNames: ['policy', 'outcome'],
      registers
    }),
    drillLastPassed: new Gauge({
      name: 'resguardo_drill_last_passed_timestamp_seconds',
      help: 'When a drill of a policy passed last',
      labelNames: ['policy'],
      registers
    }),
    drillRestoreSeconds: new Gauge({
      name: 'resguardo_drill_restore_seconds',
      help: 'Measured restore time of the last drill of a policy',
      labelNames: ['policy'],
      registers
    }),
    notifications: new Counter({
      name: 'resguardo_notifications_total',
      help: 'Attempts to deliver a notification: sent, failed (tried again) or given-up',
      labelNames: ['channel', 'outcome'],
      registers
    }),
    backupsRemoved: new Counter({
      name: 'resguardo_backups_removed_total',
      help: 'Backups whose objects were removed, by retention or by hand',
      labelNames: ['by'],
      registers
    }),
    sweepRequeued: new Counter({
      name: 'resguardo_sweep_requeued_total',
      help: 'Runs that the sweep put back into the queue',
      registers
    }),
    storageBytes: new Counter({
      name: 'resguardo_storage_bytes_total',
      help: 'Bytes moved to and from repositories',
      labelNames: ['direction'],
      registers
    })
  }
}

export type Metrics = ReturnType<typeof createMetrics>
