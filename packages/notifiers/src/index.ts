export { escapeHtml, messageHtml } from './message-html.ts'
export {
  type EventName,
  eventNames,
  type Message,
  type Notifier,
  type OpenOptions,
  type Severity
} from './notifier.ts'
export { notifiers } from './registry.ts'
export { verifySignature } from './webhook/signature.ts'
