import underPressure, { type FastifyUnderPressureOptions } from '@fastify/under-pressure'
import { AppError } from '@resguardo/shared'
import fp from 'fastify-plugin'

export type Pressure = Pick<
  FastifyUnderPressureOptions,
  'maxEventLoopDelay' | 'maxHeapUsedBytes' | 'maxRssBytes' | 'sampleInterval'
>

class Overloaded extends AppError {
  constructor() {
    super('OVERLOADED', 'The service has more to do than it can')
  }
}

/** Refuses work with 503 OVERLOADED instead of answering ever later; health stays answerable. */
export default fp<{ pressure?: Pressure | undefined }>(
  async (app, { pressure = { maxEventLoopDelay: 1_000 } }) => {
    app.addHook('onRoute', route => {
      if (route.config?.public) route.config.pressureHandler = () => {}
    })
    await app.register(underPressure, { ...pressure, retryAfter: 5, customError: Overloaded })
  },
  { name: 'under-pressure' }
)
