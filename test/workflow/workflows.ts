/** Small workflows, run on a transport that counts what it is asked. */
import { toValue } from '../../src/base/values/value.ts'
import { type Workflow, type WorkflowOptions, workflowFromValue } from '../../src/entries/workflow.ts'
import { echo, quick } from '../support/small-runs.ts'

const writer = {
  alias: 'writer',
  provider: 'simulator',
  model: 'm',
  inference_parameters: { max_parallel_requests: 1 },
}

const written = (name: string, prompt: string) => ({
  name,
  column_type: 'llm-text',
  model_alias: 'writer',
  prompt,
})

export const facts = (prompt = 'Fact {{ n }}') => ({
  columns: [
    {
      name: 'n',
      column_type: 'sampler',
      sampler_type: 'uniform',
      params: { low: 0, high: 9 },
      convert_to: 'int',
    },
    written('fact', prompt),
  ],
})
export const questions = (prompt = 'Ask about {{ fact }}') => ({ columns: [written('question', prompt)] })
export const answers = (prompt = 'Answer {{ question }}') => ({ columns: [written('answer', prompt)] })

/** Three stages of six rows; what differs from the usual ones is given. */
export function threeStages(change: { stages?: object[]; name?: string } = {}): Promise<Workflow> {
  const stages = change.stages ?? [
    { name: 'facts', num_records: 6, config: facts() },
    { name: 'questions', config: questions() },
    { name: 'answers', config: answers() },
  ]
  return workflowFromValue(
    toValue({ workflow: change.name ?? 'chain', model_configs: [writer], stages }),
    'test',
  )
}

export function workflowOptions(artifactPath: string, more: WorkflowOptions = {}): WorkflowOptions {
  return { artifactPath, seed: 5n, runConfig: { buffer_size: 4 }, graceMs: 1_000_000, ...more }
}

/** A transport that counts, and stops the run at a request when told to. */
export function counting(stopAt = Number.POSITIVE_INFINITY) {
  const stop = new AbortController()
  const { asked, components } = quick((each) => {
    if (asked.length === stopAt) stop.abort()
    return echo(each)
  })
  return { asked, components, signal: stop.signal }
}
