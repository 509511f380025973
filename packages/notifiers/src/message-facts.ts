import type { Message } from './notifier.ts'

/** What people are shown as a list beside title and text, in this order. */
export const messageFacts = ({ severity, policy, source, at, facts }: Message) =>
  Object.entries({ Severity: severity, Policy: policy, Source: source, Time: at, ...facts }).filter(
    (fact): fact is [string, string] => fact[1] !== null
  )
