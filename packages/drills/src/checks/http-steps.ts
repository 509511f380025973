import type { HttpStep } from '@resguardo/domain'
import type { CheckFinding } from '../check.ts'
import { cut } from './cut.ts'
import { count } from './details.ts'
import { type HttpAnswer, request } from './http-request.ts'
import { withoutSecrets } from './secrets.ts'
import { atPath, fillJson, type Variables } from './template.ts'

const BODY_SHOWN = 300
/** A shorter one is a number or a word, and would be cut out of unrelated text. */
const SECRET_LENGTH = 8

interface Problem {
  expected: string
  actual: string
}

/** The steps in order, up to the first that is not answered as expected. `secrets` never appear in the finding. */
export async function runSteps(
  base: string,
  steps: HttpStep[],
  { secrets, signal }: { secrets: string[]; signal: AbortSignal }
): Promise<CheckFinding> {
  const variables: Variables = new Map()
  const done: string[] = []
  for (const step of steps) {
    const answer = await request(base, step, variables, signal)
    const problem = compare(step, answer, variables) ?? capture(step, answer, variables)
    if (problem) {
      const captured = [...variables.values()].map(String).filter(isLong)
      const hide = (text: string) => withoutSecrets(text, [...secrets, ...answer.sent, ...captured])
      return {
        passed: false,
        expected: hide(`${step.name}: ${step.method} ${step.path} gives ${problem.expected}`),
        actual: `${hide(problem.actual)}; status ${answer.status}, ${shown(hide(answer.text))}`,
        details: done
      }
    }
    done.push(`${step.name}: ${step.method} ${step.path} gave ${answer.status}`)
  }
  const expected = `${count(steps.length, 'step')} answered as expected`
  return { passed: true, expected, actual: expected, details: done }
}

function compare(
  { status, expect = {} }: HttpStep,
  answer: HttpAnswer,
  variables: Variables
): Problem | undefined {
  if (answer.status !== status)
    return { expected: `status ${status}`, actual: `status ${answer.status}` }
  for (const [path, value] of Object.entries(expect)) {
    const expected = fillJson(value, variables)
    const actual = atPath(answer.json, path)
    if (actual !== expected)
      return { expected: `${path} = ${write(expected)}`, actual: `${path} = ${write(actual)}` }
  }
}

function capture({ capture = {} }: HttpStep, { json }: HttpAnswer, variables: Variables) {
  for (const [name, path] of Object.entries(capture)) {
    const value = atPath(json, path)
    if (value === undefined) return { expected: `${path} to capture`, actual: `no ${path}` }
    variables.set(name, value)
  }
}

const isLong = (text: string) => text.length >= SECRET_LENGTH
const write = (value: unknown) => cut(JSON.stringify(value) ?? 'nothing', BODY_SHOWN)
const shown = (text: string) => (text === '' ? 'no body' : `body ${cut(text, BODY_SHOWN)}`)
