import type { Incident } from '@resguardo/catalog'
import type { Message } from '@resguardo/notifiers'

interface Context {
  policy: string | null
  source: string | null
  now: Date
}

/** What a channel is told of an incident that began, became worse or is over. */
export function incidentMessage(
  { kind, level, message, hint, openedAt, closedAt }: Incident,
  { policy, source, now }: Context
): Omit<Message, 'id'> {
  const about = policy ?? 'Resguardo'
  const facts = { incident: kind, since: openedAt.toISOString() }
  if (closedAt) {
    return {
      event: 'incident-closed',
      severity: 'info',
      at: closedAt.toISOString(),
      policy,
      source,
      title: `${about}: over: ${kind}`,
      text: `This is over: ${message}.`,
      facts: { ...facts, until: closedAt.toISOString() }
    }
  }
  return {
    event: 'incident-opened',
    severity: level,
    at: now.toISOString(),
    policy,
    source,
    title: `${about}: ${level}: ${kind}`,
    text: `${message}.\n\n${hint}`,
    facts
  }
}
