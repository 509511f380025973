export { type ApiClient, apiClient, type Connection, type Json } from './api-client.ts'
export { send } from './send.ts'
