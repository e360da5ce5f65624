/** Every file of examples/ runs on the simulator, and makes what it says. */
import { readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createWorkflow, isWorkflowFile, type WorkflowOptions } from '../../src/entries/workflow.ts'
import { create, type Results } from '../../src/index.ts'
import { simulatorTransport } from '../../src/simulate/server/transport.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'
import { artifactFolder, rowsOf } from '../support/small-runs.ts'
import type { Example } from './example.ts'

const examples = join(import.meta.dirname, '../../examples')
const folder = artifactFolder()
const nameOf = (file: string): string => basename(file, extname(file))
const written = readdirSync(examples).filter((file) => /\.(yaml|ts|js)$/.test(file))
// A config of TypeScript beside one in YAML has the same hash: `test/typed/twins.test.ts`.
const files = written.filter((file) => file.endsWith('.yaml') || !written.includes(`${nameOf(file)}.yaml`))
const known = readdirSync(import.meta.dirname).filter((file) => !/^example(s\.test)?\.ts$/.test(file))

const offline = { transport: () => simulatorTransport(), encoder: () => inThread }

test('each example has a file here that says what comes out of it', () => {
  expect(known.map(nameOf)).toEqual(files.map(nameOf))
})

describe.each(files)('%s', (file) => {
  test('makes what it says, of the simulator alone', async () => {
    const says = pathToFileURL(join(import.meta.dirname, `${nameOf(file)}.ts`)).href
    const { example }: { example: Example } = await import(says)
    const options = {
      artifactPath: folder.path,
      numRecords: example.rows,
      seed: 11n,
      ...(await example.options?.()),
    }
    const path = join(examples, file)
    const isWorkflow = await isWorkflowFile(path)
    const results = isWorkflow
      ? await lastStage(path, options, example)
      : await create(path, options, offline)
    const rows = await rowsOf(results)
    const { summary } = results
    expect(summary).toMatchObject({ rows_open: 0, replies_unused: 0 })
    expect(rows.length).toBe(example.left ?? summary.rows_written)
    expect(summary.rows_dropped).toBeLessThanOrEqual(example.dropped ?? 0)
    if (!isWorkflow) expect(summary.rows_written).toBe(example.rows - summary.rows_dropped)
    expect(Object.keys(rows[0]!)).toEqual(example.columns)
    await example.check(rows, results)
  })
})

async function lastStage(path: string, options: WorkflowOptions, example: Example): Promise<Results> {
  const { stages } = await createWorkflow(path, options, offline)
  expect(stages.map(({ name }) => name)).toEqual(example.stages)
  expect(stages.map(({ status }) => status)).toEqual(stages.map(() => 'completed'))
  return stages.at(-1)!.results!
}
