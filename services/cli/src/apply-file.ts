import { readFileSync } from 'node:fs'
import type { ApiClient } from '@resguardo/api-client'
import type { ConfigFile, Problem } from './config-file/config-file.ts'
import { readYaml } from './config-file/read-yaml.ts'
import { ruleProblems } from './config-file/rule-problems.ts'
import { fileSchema } from './config-file/schema.ts'
import { schemaProblems } from './config-file/schema-problems.ts'
import { secretReference } from './config-file/secret-reference.ts'
import { type Installation, readInstallation } from './installation/read-installation.ts'
import { carryOut } from './plan/carry-out.ts'
import { makePlan, type PlanOptions, type Step } from './plan/make-plan.ts'
import { showStep, summary, titleOf } from './plan/show-plan.ts'
import { coloured, say } from './terminal.ts'

/** The file is refused; nothing was changed. One line a problem. */
export class FileRefused extends Error {}

export interface ApplyOptions extends PlanOptions {
  /** As it was named, for messages. */
  file: string
  path: string
  dryRun: boolean
}

/** Makes the installation as the file says, and tells what it does. @throws FileRefused, or what the API refused */
export async function applyFile(api: ApiClient, options: ApplyOptions): Promise<void> {
  const { file, installation } = await readConfig(api, options)
  const steps = makePlan(file, installation, options)
  for (const step of steps) say(showStep(step))
  sayWhatIsNotSeen(file, options)
  if (options.dryRun) {
    say(`\nNothing is changed (--dry-run). It would be: ${summary(steps)}`)
    return
  }
  const done: Step[] = []
  try {
    await carryOut(api, steps, installation, step => done.push(step))
  } catch (error) {
    say(`\nStopped at ${titleOf(steps[done.length]!)}. Done so far: ${summary(done)}`)
    say('What is done stays; apply again when the cause is gone.')
    throw error
  }
  say(`\n${coloured('bold', summary(steps))}`)
}

async function readConfig(
  api: ApiClient,
  { file: name, path }: ApplyOptions
): Promise<{ file: ConfigFile; installation: Installation }> {
  const { value, problems: yaml, placeOf } = readYaml(textOf(path))
  const inSchema = value === undefined ? [] : schemaProblems(fileSchema, value)
  const isWrong = yaml.length + inSchema.length > 0
  const installation = await readInstallation(api).catch(error => {
    if (isWrong) return undefined
    throw error
  })
  const problems: Problem[] = [
    ...inSchema,
    ...ruleProblems(value, inSchema, installation, new Date())
  ]
  if (problems.length === 0 && installation && !isWrong)
    return { file: value as ConfigFile, installation }
  const located = [
    ...yaml,
    ...problems.map(({ path, at, message }) => ({
      ...placeOf({ path, at }),
      message: `/${path.join('/')}: ${message}`
    }))
  ].sort((a, b) => a.line - b.line || a.column - b.column)
  const lines = located.map(({ line, column, message }) => `${name}:${line}:${column}: ${message}`)
  if (!installation) lines.push('The API could not be asked, so references were not checked.')
  throw new FileRefused(lines.join('\n'))
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new FileRefused((error as Error).message)
  }
}

function sayWhatIsNotSeen({ version, ...lists }: ConfigFile, { secrets }: PlanOptions) {
  const refers = Object.values(lists)
    .flat()
    .some(entry => Object.keys(secretReference(entry)).length > 0)
  if (refers && !secrets)
    say(
      '\nReferences to secrets cannot be read back: whether they changed is not seen. --secrets sends them again.'
    )
}
