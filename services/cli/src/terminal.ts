import { styleText } from 'node:util'

type Format = Parameters<typeof styleText>[0]

/** Colours are for people: on a terminal only. */
export const coloured = (format: Format, text: string) =>
  process.stdout.isTTY === true ? styleText(format, text) : text

export const say = (text = '') => process.stdout.write(`${text}\n`)
