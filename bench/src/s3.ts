import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { startS3 } from '../../test/support/rgw.ts'

/** A real S3 on this machine with an empty bucket, and the body that adds it as a repository. */
export async function startBenchS3(dir: string) {
  const { env, stop } = await startS3(dir)
  const {
    TEST_S3_ENDPOINT: endpoint,
    TEST_S3_ACCESS_KEY: accessKeyId,
    TEST_S3_SECRET_KEY: secretAccessKey
  } = env
  const settings = { endpoint, region: 'us-east-1', bucket: 'bench', accessKeyId, pathStyle: true }
  const client = new S3Client({
    endpoint,
    region: settings.region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey }
  })
  await client.send(new CreateBucketCommand({ Bucket: settings.bucket }))
  client.destroy()
  return { repository: { kind: 's3', settings, secretAccessKey }, stop }
}
