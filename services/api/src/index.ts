export { type AppOptions, buildApp } from './app.ts'
export { buildMetricsServer } from './metrics-server.ts'
export { openapiDocument } from './openapi-document.ts'
