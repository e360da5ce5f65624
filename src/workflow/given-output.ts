/** A file that a workflow goes on from, in place of what a stage makes. It is read before the first request. */

import { isAbsolute, join, relative, resolve, sep } from 'node:path'
import { RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import type { Workflow } from '../config/files/workflow.ts'
import { quote } from '../config/reading/suggest.ts'
import { openSeed } from '../seed/dataset/dataset.ts'
import { pathIssue } from '../seed/files/files.ts'
import type { SeedColumn } from '../seed/table/table.ts'
import { seededConfig } from './check.ts'
import type { ResolvedWorkflow } from './options.ts'
import type { StepRows } from './output.ts'

export interface GivenOutput extends StepRows {
  /** The stage in whose place it stands. */
  readonly stage: string
  readonly columns: readonly SeedColumn[]
}

/**
 * @param folder that of the workflow
 * @returns null when the workflow makes the output of every stage itself
 * @throws RowsmithError as `openSeed`, with the name of the stage
 */
export async function readGivenOutput(
  { stages: steps }: Workflow,
  { first, outputs }: ResolvedWorkflow,
  folder: string,
): Promise<GivenOutput | null> {
  if (first === 0) return null
  const step = present(steps[first - 1], 'steps').name
  const given = present(outputs.get(step), 'outputs')
  const path = resolve(given)
  const inside = relative(resolve(folder), path)
  const outside = inside === '..' || inside.startsWith(`..${sep}`) || isAbsolute(inside)
  const seed = outside ? path : `../${inside.split(sep).join('/')}`
  try {
    const issue = pathIssue(path)
    if (issue !== undefined) throw new RowsmithError('usage', `it ${issue}`)
    const reading = seededConfig({ ...present(steps[first], 'steps'), selection: null }, seed)
    const table = await openSeed(reading, { folders: [join(folder, 'stage')] })
    if (table === null) throw new RowsmithError('internal', 'A config with a seed has none.')
    await table.close()
    return { stage: step, path: seed, rows: table.rowCount, columns: table.columns }
  } catch (error) {
    if (!RowsmithError.isInstance(error)) throw error
    const { code, message, facts } = error
    const place = `The output that is given for stage ${quote(step)}, ${quote(given)}, cannot be used: `
    throw new RowsmithError(code, place + message, {
      facts: { ...facts, stage: step, path: given },
      nextStep: `Give a file with rows in place of it: --step-output ${step}=FILE.jsonl`,
      cause: error,
    })
  }
}
