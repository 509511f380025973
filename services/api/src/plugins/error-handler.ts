import { AppError } from '@resguardo/shared'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { toProblem } from '../problem.ts'

/** The only translator of errors: routes throw, this answers RFC 9457 and logs. */
export default fp(
  async app => {
    app.setErrorHandler(answerProblem)
    app.setNotFoundHandler(request => {
      const path = request.url.split('?', 1)[0]
      throw new AppError('ROUTE_NOT_FOUND', `There is no ${request.method} ${path}`)
    })
  },
  { name: 'error-handler' }
)

export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const problem = toProblem(error, request)
  if (problem.status >= 500) request.log.error({ err: error, code: problem.code }, problem.detail)
  else request.log.info({ code: problem.code, errors: problem.errors }, problem.detail)
  // Hooks do not run for a URL that cannot be read.
  reply.header('X-Request-Id', request.id)
  return reply.code(problem.status).type('application/problem+json').send(problem)
}
