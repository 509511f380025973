import { type PipelineOptions, runPipeline } from './run-pipeline.ts'
import type { Stage } from './stage.ts'

/** Runs stages to their end and returns what the last one printed; for short output only (kept: the last 1 MiB). */
export async function runText(stages: Stage[], options: PipelineOptions = {}): Promise<string> {
  let text = ''
  for await (const chunk of runPipeline(stages, options))
    text = (text + chunk.toString('utf8')).slice(-1_048_576)
  return text
}
