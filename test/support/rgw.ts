import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '@resguardo/pg-tools'

const run = promisify(execFile)
const script = fileURLToPath(new URL('./rgw.sh', import.meta.url))

/** A one-node Ceph RGW: a real S3 with object lock, versioning and conditional writes. */
export async function startS3(dir: string) {
  const port = await freePort()
  const env = {
    TEST_S3_ENDPOINT: `http://127.0.0.1:${port}`,
    TEST_S3_ACCESS_KEY: 'testkey',
    TEST_S3_SECRET_KEY: randomBytes(12).toString('hex')
  }
  await run('bash', [script, 'start', dir, String(port)], {
    env: {
      ...process.env,
      RGW_KEY: env.TEST_S3_ACCESS_KEY,
      RGW_SECRET: env.TEST_S3_SECRET_KEY,
      MONPORT: String(await freePort())
    }
  })
  return { env, stop: async () => void (await run('bash', [script, 'stop', dir])) }
}
