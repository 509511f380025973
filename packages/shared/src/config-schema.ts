import { type Static, Type } from 'typebox'

const port = (value: number) => Type.Integer({ minimum: 0, maximum: 65_535, default: value })
const secret = (description: string) => Type.String({ description, secret: true, default: '' })

/**
 * Every variable the services read, prefixed RESGUARDO_ in the environment. A variable marked secret may be given as
 * `<NAME>_FILE`, the path of a file that holds it. All values have a default or are checked by the service that needs them.
 */
export const ConfigSchema = Type.Object({
  ENV: Type.String({
    default: 'production',
    description: 'Name of the deployment, written on every log line'
  }),
  LOG_LEVEL: Type.Union(
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'].map(l => Type.Literal(l)),
    { default: 'info', description: 'Least level that is logged' }
  ),

  CATALOG_URL: secret('PostgreSQL URL of the catalog'),
  REDIS_URL: secret('Redis URL of the queues and rate limits'),
  REDIS_PREFIX: Type.String({
    default: 'resguardo',
    pattern: '^[a-z0-9_-]+$',
    description: 'Prefix of every key in Redis'
  }),
  MASTER_KEY: secret('32 random bytes in base64; seals stored credentials'),
  MASTER_KEY_PREVIOUS: secret('The master key before a rotation; only opens'),

  API_URL: Type.String({ default: '', description: 'Where npm run apply and check find the API' }),
  API_KEY: secret('Key that npm run apply and check use'),
  API_HOST: Type.String({ default: '127.0.0.1', description: 'Address the API listens on' }),
  API_PORT: port(3000),
  METRICS_HOST: Type.String({
    default: '127.0.0.1',
    description: 'Address of the metrics and probe listeners'
  }),
  API_METRICS_PORT: port(9464),
  RATE_LIMIT_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 600,
    description: 'Requests a minute and client address'
  }),
  LOGIN_FAILURES_PER_MINUTE: Type.Integer({
    minimum: 1,
    default: 20,
    description: 'Failed logins a minute and client address'
  }),
  TRUST_PROXY: Type.String({
    default: '',
    description: 'Addresses of the proxies whose X-Forwarded-For is believed, e.g. 10.0.0.0/8'
  }),

  WORKER_QUEUES: Type.String({
    default: 'backup,restore,maintenance',
    description: 'Queues this worker takes'
  }),
  WORKER_CONCURRENCY: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 2,
    description: 'Runs at once and queue'
  }),
  WORKER_STREAMS: Type.Integer({
    minimum: 0,
    maximum: 256,
    default: 0,
    description: 'Streams at once, shared fairly by the runs of a worker; 0: as many as cores'
  }),
  WORKER_PORT: port(9465),
  HEARTBEAT_MS: Type.Integer({
    minimum: 100,
    default: 2_000,
    description: 'How often a run shows it is alive and looks for a cancel'
  }),
  STALE_AFTER_MS: Type.Integer({
    minimum: 500,
    default: 30_000,
    description: 'Silence after which another worker takes a run over'
  }),
  SWEEP_MS: Type.Integer({
    minimum: 200,
    default: 10_000,
    description: 'How often orphans are looked for'
  }),
  STALL_AFTER_MS: Type.Integer({
    minimum: 1_000,
    default: 1_800_000,
    description: 'A pipeline without a byte for so long is stopped'
  }),
  SHUTDOWN_GRACE_MS: Type.Integer({
    minimum: 0,
    default: 20_000,
    description: 'Time active runs get to finish before they are handed back'
  }),
  RETRY_DELAY_MS: Type.Integer({
    minimum: 0,
    default: 15_000,
    description: 'Wait before the first retry; doubles each time'
  }),
  VERIFY_DAYS: Type.Integer({
    minimum: 0,
    default: 30,
    description: 'Every stored byte is read again within so many days; 0: only on demand'
  }),
  VERIFY_BYTES_PER_SECOND: Type.Integer({
    minimum: 0,
    default: 0,
    description: 'Bytes a second that a verify run reads at most; 0: no limit'
  }),
  SPOOL_DIR: Type.String({
    default: '',
    description: 'Directory for what a tool demands as a file; empty: the system temp directory'
  }),
  DRILL_PROGRAMS_DIR: Type.String({
    default: '',
    description: 'Directory of the programs that drills may start; empty: none'
  }),
  DRILL_LAUNCHER: Type.String({
    default: '',
    description:
      'Command that starts the servers of drills, such as "nice -n 10" or "cgexec -g cpu,memory:drills"; empty: none'
  }),
  LOCAL_REPOSITORY_ROOT: Type.String({
    default: '',
    description: 'If set, local repositories must lie below it'
  }),
  PG_BIN_DIRS: Type.String({
    default: '',
    description: 'Extra directories with PostgreSQL client programs, comma separated'
  }),
  AGE_IDENTITY_FILE: Type.String({
    default: '',
    description: 'age identity file; only where restores run'
  }),
  SIGNING_KEY: secret('Ed25519 private key (PEM) that signs manifests')
})

export type Config = Readonly<Static<typeof ConfigSchema>>
