/** HTML that is safe as it is: everything that came from outside is escaped in it. */
export interface Markup {
  markup: string
}

/** `null` leaves a gap; texts and numbers are escaped; lists are joined. */
export type Content = string | number | null | Markup | Content[]

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;'
}

/** Control characters, and those that turn the direction of text round, which could make a page read otherwise than it is. */
const INVISIBLE = /(?![\t\r\n])[\p{Cc}\p{Bidi_Control}]/gu

const escapeText = (text: string) =>
  text.replace(INVISIBLE, '\ufffd').replace(/[&<>"']/g, character => entities[character]!)

function markupOf(content: Content): string {
  if (content === null) return ''
  if (Array.isArray(content)) return content.map(markupOf).join('')
  if (typeof content === 'object') return content.markup
  return escapeText(String(content))
}

/** The one way to make markup: what stands in the braces is escaped unless it is markup already. */
export const html = (template: TemplateStringsArray, ...contents: Content[]): Markup => ({
  markup: String.raw({ raw: template }, ...contents.map(markupOf))
})
