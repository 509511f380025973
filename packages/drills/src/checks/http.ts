import { defineCheck } from '../check.ts'
import { withApplication } from './application.ts'
import { withDeadline } from './deadline.ts'
import { runSteps } from './http-steps.ts'
import { wrongCheck } from './wrong-check.ts'

/** Steps against an application that is started on the restored database, or that already points at it. */
export const http = defineCheck({
  kind: 'http',
  async run(context, { name, url, start, steps, timeoutSeconds }) {
    const limits = { signal: context.signal, seconds: timeoutSeconds, what: name }
    return withDeadline(limits, async signal => {
      if (start)
        return withApplication(context, { start, url }, signal, ({ base, secrets }) =>
          runSteps(base, steps, { secrets, signal })
        )
      if (url) return runSteps(url, steps, { secrets: [], signal })
      throw wrongCheck(
        `The check ${name} has neither an application to start nor the address of one`,
        'Give it start or url.'
      )
    })
  }
})
