import { SerializerSelector } from '@fastify/fast-json-stringify-compiler'

type BuildSerializer = ReturnType<typeof SerializerSelector>

/** All at the start: for tests, to see that each can be made. */
export const eagerSerializers: BuildSerializer = SerializerSelector()

/**
 * Fastify's own serializers, each made when its route first answers with its status: some hundred of them are most of what a
 * start would take, and stop the event loop for a second on a busy machine.
 */
export const lazySerializers: BuildSerializer = (sharedSchemas, options) => {
  const compile = eagerSerializers(sharedSchemas, options)
  return route => {
    let serialize: ReturnType<typeof compile> | undefined
    return document => {
      serialize ??= compile(route)
      return serialize(document)
    }
  }
}
