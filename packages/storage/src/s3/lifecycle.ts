import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  DeleteBucketLifecycleCommand,
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  PutBucketLifecycleConfigurationCommand
} from '@aws-sdk/client-s3'
import { AppError, asAppError } from '@resguardo/shared'
import type { Lifecycle, LifecycleRule } from '../storage.ts'
import { ask, type Bucket } from './bucket.ts'
import { fromS3, toS3 } from './lifecycle-rule.ts'

const OURS = 'resguardo-'

/**
 * The lifecycle of a bucket, which S3 replaces only as a whole. Rules of others go back as the very text that came: what the
 * SDK does not know of a rule, such as a new kind of filter, would be lost, and the rule reach more objects than it did.
 */
export function bucketLifecycle(bucket: Bucket): Lifecycle {
  const { client, name: Bucket, root } = bucket
  return { root, get: async () => (await read()).rules.map(({ rule }) => rule), put }

  async function read() {
    let xml = ''
    const command = new GetBucketLifecycleConfigurationCommand({ Bucket })
    command.middlewareStack.add(
      next => async args => {
        const answer = await next(args)
        const response = answer.response as { body: Readable | Buffer }
        response.body = await buffer(response.body as Readable)
        xml = response.body.toString()
        return answer
      },
      { step: 'deserialize', priority: 'low' }
    )
    const answer: Partial<GetBucketLifecycleConfigurationCommandOutput> = await ask(
      bucket,
      '',
      () => client.send(command)
    ).catch(noneYet)
    const { Rules = [], TransitionDefaultMinimumObjectSize } = answer
    const texts = rulesIn(xml)
    if (texts.length !== Rules.length)
      throw new AppError('STORAGE_FAILED', `The lifecycle of s3://${Bucket} is not understood`)
    return {
      rules: Rules.map((raw, i) => ({ rule: fromS3(raw, texts[i]!), text: texts[i]! })),
      TransitionDefaultMinimumObjectSize
    }
  }

  async function put(rules: LifecycleRule[]): Promise<void> {
    for (const rule of rules)
      if (!isOurs(rule))
        throw new AppError(
          'VALIDATION_FAILED',
          `Lifecycle rule ${rule.id} for ${rule.prefix}: its id must begin with ${OURS}, its prefix with ${root}`
        )
    const { rules: present, TransitionDefaultMinimumObjectSize } = await read()
    const kept = present.filter(({ rule }) => !isOurs(rule)).map(({ text }) => text)
    if (kept.length + rules.length === 0) {
      await ask(bucket, '', () => client.send(new DeleteBucketLifecycleCommand({ Bucket })))
      return
    }
    const command = new PutBucketLifecycleConfigurationCommand({
      Bucket,
      TransitionDefaultMinimumObjectSize,
      LifecycleConfiguration: { Rules: rules.map(toS3) }
    })
    command.middlewareStack.add(
      next => args => {
        const request = args.request as { body: string }
        request.body = configuration([...kept, ...rulesIn(request.body)])
        return next(args)
      },
      { step: 'serialize', priority: 'low' }
    )
    await ask(bucket, '', () => client.send(command))
  }

  /** Two repositories may share a bucket. */
  function isOurs({ id, prefix }: LifecycleRule) {
    return id.startsWith(OURS) && prefix.startsWith(root)
  }
}

function noneYet(error: unknown) {
  if (asAppError(error).code !== 'STORAGE_OBJECT_NOT_FOUND') throw error
  return {}
}

const rulesIn = (xml: string) => xml.match(/<Rule[\s>].*?<\/Rule>/gs) ?? []

const configuration = (rules: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><LifecycleConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${rules.join('')}</LifecycleConfiguration>`
