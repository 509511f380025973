import { AppError, asAppError, type Code } from '@resguardo/shared'
import type { Probe } from './storage.ts'

/** These say that the store could not be asked, not what it can. */
const noAnswer: Code[] = ['STORAGE_UNREACHABLE', 'STORAGE_BUCKET_MISSING']

/** Runs the steps of a probe and notes how each ended; a text that `work` returns is told with it. */
export function probeSteps() {
  const steps: Probe['steps'] = []
  return { steps, step, optional }

  /** @throws the error of `work` with the step's name */
  async function step(name: string, work: () => Promise<unknown>) {
    const started = performance.now()
    try {
      const detail = await work()
      const ms = Math.round(performance.now() - started)
      steps.push({ name, ok: true, ms, ...(typeof detail === 'string' ? { detail } : {}) })
    } catch (error) {
      const { code, message, hint } = asAppError(error, 'STORAGE_FAILED')
      throw new AppError(code, `Probe step ${name}: ${message}`, { cause: error, hint })
    }
  }

  /** For what a usable store may lack. @throws where the store gave no answer */
  async function optional(name: string, work: () => Promise<unknown>) {
    try {
      await step(name, work)
    } catch (error) {
      const { code, message } = asAppError(error)
      if (noAnswer.includes(code)) throw error
      steps.push({ name, ok: false, ms: 0, detail: message })
    }
  }
}

export type ProbeSteps = ReturnType<typeof probeSteps>
