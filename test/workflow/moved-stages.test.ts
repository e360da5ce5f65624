/** Workflows whose stages are put in, taken out, renamed and moved; what is checked before the first request; outputs and callbacks. */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  createWorkflow,
  validateWorkflow,
  type WorkflowEvent,
  type WorkflowOptions,
} from '../../src/entries/workflow.ts'
import { artifactFolder, failureOf, rowsOf } from '../support/small-runs.ts'
import { answers, counting, facts, questions, threeStages, workflowOptions } from './workflows.ts'

const folder = artifactFolder()

const f = { name: 'facts', num_records: 6, config: facts() }
const q = { name: 'questions', config: questions() }
const a = { name: 'answers', config: answers() }
const length = (of: string) => ({
  columns: [{ name: `${of}_length`, column_type: 'expression', expr: `{{ ${of} | length }}` }],
})

async function bought(stages: object[], more: WorkflowOptions = {}): Promise<string[]> {
  const { asked, components } = counting()
  await createWorkflow(await threeStages({ stages }), workflowOptions(folder.path, more), components)
  return asked.map(({ prompt }) => prompt.split(' ')[0]!)
}

describe('a stage is found by its name', () => {
  it.each([
    ['is put in before it', [f, { name: 'mid', config: length('fact') }, q, a]],
    [
      'has another name, as all have',
      [
        { ...f, name: 'x' },
        { ...q, name: 'y' },
        { ...a, name: 'z' },
      ],
    ],
    [
      'has another name, and one is put in before it',
      [f, { name: 'mid', config: length('fact') }, { ...q, name: 'asked' }, a],
    ],
  ])('when one %s: nothing is bought again', async (_, stages) => {
    expect(await bought([f, q, a])).toHaveLength(18)
    expect(await bought(stages)).toHaveLength(0)
  })

  it('when those after it are taken out, and put back', async () => {
    expect(await bought([f, q, a])).toHaveLength(18)
    expect(await bought([f, q])).toHaveLength(0)
    expect(await bought([f, q, a])).toHaveLength(0)
  })

  it('when two that do not read each other change places', async () => {
    const other = {
      name: 'other',
      config: {
        columns: [
          { name: 'other', column_type: 'llm-text', model_alias: 'writer', prompt: 'Other {{ fact }}' },
        ],
      },
    }
    expect(await bought([f, q, other])).toHaveLength(18)
    expect(await bought([f, other, q])).toHaveLength(0)
  })

  it('without its record, too', async () => {
    await bought([f, q, a])
    await bought([f, { name: 'mid', config: length('fact') }, q, a])
    rmSync(join(folder.path, 'chain', 'workflow-metadata.json'))
    expect(await bought([f, { name: 'mid', config: length('fact') }, q, a])).toHaveLength(0)
  })

  it('and what changes besides is bought alone', async () => {
    await bought([f, q, a])
    const changed = { ...a, config: answers('Reply {{ question }}') }
    const words = await bought([f, { name: 'mid', config: length('fact') }, q, changed])
    expect(words).toEqual(['Reply', 'Reply', 'Reply', 'Reply', 'Reply', 'Reply'])
  })

  it('begun anew after it moved, in a folder of its own', async () => {
    await bought([f, q, a])
    const stages = [f, { name: 'mid', config: length('fact') }, q, a]
    expect(await bought(stages, { rerunFrom: 'questions' })).toHaveLength(12)
    expect(existsSync(join(folder.path, 'chain', 'stage-1-questions.r2'))).toBe(true)
    expect(await bought(stages)).toHaveLength(0)
  })

  it('a new name is told of', async () => {
    await bought([f, q, a])
    const { components } = counting()
    const workflow = await threeStages({ stages: [f, { ...q, name: 'asked' }, a] })
    const run = createWorkflow(workflow, workflowOptions(folder.path), components)
    const events: WorkflowEvent[] = []
    for await (const event of run.events()) events.push(event)
    await run
    expect(events).toContainEqual({ type: 'renamed', stage: 'asked', before: 'questions' })
  })
})

const transform = (name: string) => ({ name, processor_type: 'schema_transform', template: { m: '{{ n }}' } })
const sql = (text: string) => ({ name: 'cut', processor_type: 'sql', sql: text })
const readsM = {
  name: 'next',
  config: { columns: [{ name: 'x', column_type: 'expression', expr: '{{ m }}' }] },
}
const n = facts().columns[0]!

describe('the output of a processor', () => {
  it.each([
    ['alone', [transform('pairs')]],
    ['before a query', [transform('pairs'), sql('SELECT * FROM dataset ORDER BY _row LIMIT 3')]],
    ['after a query', [sql('SELECT * FROM dataset ORDER BY _row LIMIT 3'), transform('pairs')]],
    [
      'with tables of a query',
      [
        transform('pairs'),
        {
          name: 'cut',
          processor_type: 'sql',
          outputs: { few: 'SELECT * FROM dataset ORDER BY _row LIMIT 2' },
        },
      ],
    ],
  ])('is taken as it is: %s', async (_, processors) => {
    const first = {
      name: 'a',
      num_records: 6,
      output: 'processor:pairs',
      config: { columns: [n], processors },
    }
    const { components } = counting()
    const workflow = await threeStages({ stages: [first, readsM] })
    const results = await createWorkflow(workflow, workflowOptions(folder.path), components)
    expect(await rowsOf(results.stage('next'))).toHaveLength(6)
    const again = await createWorkflow(workflow, workflowOptions(folder.path), components)
    expect(again.summary.stages.map(({ status }) => status)).toEqual(['completed', 'completed'])
  })
})

describe('before the first request', () => {
  const bad = (where: string) => [f, { ...q, where }, a]
  const withSql = (text: string) => [f, { ...q, config: { ...questions(), processors: [sql(text)] } }, a]

  it.each([
    ['a column that is not there', bad('scor >= 4'), /"questions".*scor/],
    ['chance', bad('random() < 0.5'), /"questions".*random\(\) differs from run to run/],
    ['the time', bad("now() > TIMESTAMP '2020-01-01'"), /"questions".*now\(\) differs/],
    ['a sample', bad('n IN (SELECT n FROM dataset USING SAMPLE 2)'), /"questions".*sample/],
    ['no expression', bad('n >'), /"questions"/],
    [
      'a query of a later stage that is wrong',
      withSql('SELECT nothing FROM dataset'),
      /"questions".*nothing/,
    ],
    [
      'a column that a query took away',
      [{ ...f, config: { ...facts(), processors: [sql('SELECT n FROM dataset')] } }, q],
      /fact/,
    ],
  ])('is refused: %s', async (_, stages, message) => {
    const { asked, components } = counting()
    const workflow = await threeStages({ stages })
    const error = await failureOf(createWorkflow(workflow, workflowOptions(folder.path), components))
    expect(error.message).toMatch(message)
    expect(asked).toHaveLength(0)
    expect((await failureOf(validateWorkflow(workflow))).message).toMatch(message)
  })

  it('is taken: a condition over columns that are there, and one that a query makes', async () => {
    const made = {
      ...f,
      where: 'twice >= 0',
      config: { ...facts(), processors: [sql('SELECT *, n * 2 AS twice FROM dataset')] },
    }
    const reads = {
      name: 'next',
      config: { columns: [{ name: 'x', column_type: 'expression', expr: '{{ twice }}' }] },
    }
    expect(
      (await validateWorkflow(await threeStages({ stages: [made, reads] }))).stages[1]!.columns,
    ).toContain('x')
    expect(await bought([made, reads])).toHaveLength(6)
  })
})

describe('what a program gives', () => {
  it('an accept that is async stops the workflow', async () => {
    const { asked, components } = counting()
    const accept = async (stage: string) => {
      await new Promise(setImmediate)
      if (stage === 'facts') throw new Error('no')
    }
    const run = createWorkflow(await threeStages(), workflowOptions(folder.path, { accept }), components)
    expect((await failureOf(run)).message).toMatch(/^Stage "facts": /)
    expect(asked).toHaveLength(6)
  })

  it.each<[string, (rows: AsyncIterable<object>) => unknown, RegExp]>([
    [
      'throws',
      () => {
        throw new Error('no luck')
      },
      /at row 0 of those it gives: it threw Error: no luck$/,
    ],
    [
      'throws what is no error, later',
      async function* (rows) {
        for await (const row of rows) yield row
        throw Object.create(null)
      },
      /at row 6 of those it gives: it threw \[Object: null prototype\] \{\}$/,
    ],
    ['gives nothing', () => undefined, /it gives nothing to go through/],
    ['yields a text', () => ['hello'], /row 0 of those it gives: it is no object/],
    ['yields a list', () => [[1, 2]], /row 0 of those it gives: it is no object/],
    ['yields undefined', () => [undefined], /row 0 of those it gives: it is no object/],
  ])('a function between stages that %s is named, with its row', async (_, call, message) => {
    const { components } = counting()
    const transforms = { facts: call as never }
    const run = createWorkflow(await threeStages(), workflowOptions(folder.path, { transforms }), components)
    const error = await failureOf(run)
    expect(error.code).toBe('post_processing_failed')
    expect(error.message).toMatch(/^Stage "facts": The function over its rows failed /)
    expect(error.message).toMatch(message)
  })

  it('a function between stages may be async, and return a list', async () => {
    const { components } = counting()
    const transforms = { facts: (async () => [{ fact: 'a', n: 1 }]) as never }
    const results = await createWorkflow(
      await threeStages(),
      workflowOptions(folder.path, { transforms }),
      components,
    )
    expect(await rowsOf(results.stage('questions'))).toHaveLength(1)
  })

  it('a first stage that was enlarged says how to go on', async () => {
    await bought([f, q], { numRecords: 8 })
    const { components } = counting()
    const error = await failureOf(
      createWorkflow(await threeStages({ stages: [f, q] }), workflowOptions(folder.path), components),
    )
    expect(error.nextStep).toContain('give -n 8 again')
  })
})
