/** What a notification can be about. An incident says which kind it is in its facts. */
export const eventNames = ['incident-opened', 'incident-closed', 'weekly-summary', 'test'] as const
export type EventName = (typeof eventNames)[number]

export type Severity = 'info' | 'warning' | 'critical'

export interface Message {
  /** The same for every retry of one notification; receivers drop duplicates by it. */
  id: string
  event: EventName
  severity: Severity
  /** When it happened, ISO 8601. */
  at: string
  policy: string | null
  source: string | null
  /** One line. */
  title: string
  /** Plain text, some lines: what happened, what it means, what to do. */
  text: string
  /** Further facts, name to value, shown as a list. */
  facts: Record<string, string>
  /** For e-mail; left out: made from the rest. The other kinds send title, text and facts. */
  html?: string
  /** For e-mail. */
  attachments?: { name: string; contentType: string; content: string }[]
}

export interface OpenOptions {
  /** Time for one delivery, from the connection to the receiver's answer; each kind has its own default. */
  timeoutMs?: number | undefined
}

/** A channel that is open. One notifier may send several messages at once. */
export interface Notifier {
  /**
   * Resolves when the receiver has accepted the message; a retry carries the same id. No error holds a secret of the channel,
   * also where the receiver's answer repeats it.
   * @throws NOTIFICATION_FAILED where a later try may succeed, NOTIFICATION_REFUSED where none will, the signal's reason on abort
   */
  send(message: Message, options: { signal: AbortSignal }): Promise<void>

  close(): Promise<void>
}
