import t from 'tap'
import { openapiDocument } from '../src/openapi-document.ts'

interface Operation {
  operationId?: string
  summary?: string
  description?: string
  tags?: string[]
  security?: object[]
  responses: Record<string, { description?: string; content?: object }>
}

t.test('the OpenAPI document is complete', async t => {
  const document = (await openapiDocument()) as {
    openapi: string
    tags: { name: string; description: string }[]
    servers: object[]
    paths: Record<string, Record<string, Operation>>
    components: { schemas: Record<string, object> }
  }
  t.equal(document.openapi, '3.1.0')
  t.ok(document.servers.length > 0)
  const text = JSON.stringify(document)
  const tags = document.tags.map(({ name }) => name)
  const ids: string[] = []
  for (const [path, methods] of Object.entries(document.paths)) {
    t.notOk(path.endsWith('/'), `${path} has no trailing slash`)
    for (const [method, operation] of Object.entries(methods)) {
      const {
        operationId = '',
        summary,
        description,
        tags: own = [],
        security,
        responses
      } = operation
      const name = `${method} ${path}`
      ids.push(operationId)
      t.ok(operationId && summary && description, `${name} is described`)
      t.ok(own.length === 1 && own.every(tag => tags.includes(tag)), `${name} has a known tag`)
      t.equal(security?.length, path.startsWith('/health/') ? 0 : 1, `${name} says its security`)
      t.hasProps(responses['4XX']?.content ?? {}, ['application/problem+json'])
      t.hasProps(responses['5XX']?.content ?? {}, ['application/problem+json'])
      t.ok(
        Object.keys(responses).some(status => status.startsWith('2')),
        `${name} can succeed`
      )
      for (const [status, response] of Object.entries(responses)) {
        t.not(response.description ?? '', '', `${name} describes ${status}`)
        t.not(response.description, 'Default Response')
      }
    }
  }
  t.equal(new Set(ids).size, ids.length, 'operation ids are unique')
  for (const [, name] of text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)) {
    t.ok(name! in document.components.schemas, `${name} exists`)
  }
  for (const name of Object.keys(document.components.schemas)) {
    t.ok(text.includes(`"#/components/schemas/${name}"`), `${name} is used`)
  }
  t.notMatch(text, /"\$ref":"(?!#\/)/, 'only points into itself')
})
