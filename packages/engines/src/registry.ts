import { logical } from './logical/index.ts'

/** Every kind of backup there is. */
export const engines = { logical }
export type EngineKind = keyof typeof engines
