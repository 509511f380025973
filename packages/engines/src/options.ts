/** Schemas only: what the API may import without pulling in an engine. */
import { logicalOptions } from './logical/options.ts'

export const optionsOf = { logical: logicalOptions }
export { logicalOptions }
