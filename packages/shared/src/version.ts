import { readFileSync } from 'node:fs'

const manifest = new URL('../../../package.json', import.meta.url)

/** Of this program, as in the package.json of the whole project. */
export const { version }: { version: string } = JSON.parse(readFileSync(manifest, 'utf8'))
