import { messageFacts } from './message-facts.ts'
import type { Message, Severity } from './notifier.ts'
import { severityColour } from './severity-colour.ts'

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Text that is safe between tags and in a quoted attribute. */
export const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, character => entities[character]!)

/** A mail that needs nothing from elsewhere: no images, scripts or style sheets. */
export const messageHtml = (message: Message) => `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>${escapeHtml(message.title)}</title></head>
<body style="margin:0;padding:24px;font-family:sans-serif;font-size:15px;color:#222">
<h1 style="${headingStyle(message.severity)}">${escapeHtml(message.title)}</h1>
<p style="white-space:pre-wrap">${escapeHtml(message.text)}</p>
<table style="border-collapse:collapse">
${messageFacts(message).map(row).join('\n')}
</table>
</body>
</html>
`

const headingStyle = (severity: Severity) =>
  `margin:0;padding-left:12px;font-size:20px;border-left:6px solid ${severityColour[severity]}`

const row = ([name, value]: [string, string]) =>
  `<tr><th style="text-align:left;padding:4px 16px 4px 0">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`
