import { type Content, html, type Markup } from './markup.ts'
import { style } from './style.ts'

/** What evidence is called on its page, and known by. */
export const MAKER = 'Resguardo · Restore drill evidence'

/** A page that needs nothing but itself, and a browser that is told to load nothing else. */
export const page = (title: string, body: Content) =>
  `<!doctype html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${title}</title>
<style>${{ markup: style }}</style>
</head>
<body>
${body}
</body>
</html>
`.markup
}`

export const section = (title: string, body: Content) => html`
<section>
<h2>${title}</h2>
${body}
</section>`

/** What it is, beside it. */
export const facts = (rows: [name: string, value: Content][]) => html`
<table>
<tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody>
</table>`

/** A few figures that are seen first. */
export const figures = (items: [name: string, value: Content][]) =>
  html`<dl class="whole">${items.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>`

/** The word is its own colour's name in the style. */
export const badge = (word: string) => html`<span class="badge ${word}">${word}</span>`

/** Where people put their names to it, by hand. */
export const signOff = (lines: string[]): Markup => html`
<section class="sign whole">
<h2>Sign-off</h2>
<table>
<thead><tr><th></th><th scope="col">Name</th><th scope="col">Role</th><th scope="col">Date</th><th scope="col">Signature</th></tr></thead>
<tbody>${lines.map(line => html`<tr><th scope="row">${line}</th><td></td><td></td><td></td><td></td></tr>`)}</tbody>
</table>
</section>`
