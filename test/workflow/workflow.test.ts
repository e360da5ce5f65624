/** Workflows: each stage a dataset, the same call goes on, whatever happened to it. */
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  createWorkflow,
  loadWorkflow,
  type Workflow,
  type WorkflowOptions,
  workflowStatus,
} from '../../src/entries/workflow.ts'
import { open, type Row, RowsmithError } from '../../src/index.ts'
import { artifactFolder, failureOf, rowsOf } from '../support/small-runs.ts'
import { answers, counting, facts, questions, threeStages, workflowOptions } from './workflows.ts'

const artifacts = artifactFolder()
const folder = () => join(artifacts.path, 'chain')
const stages = () => readdirSync(folder()).filter((name) => /^stage-\d/.test(name))
const record = () => join(folder(), 'workflow-metadata.json')
const statuses = () =>
  JSON.parse(readFileSync(record(), 'utf8')).stages.map(({ status }: { status: string }) => status)

/** Runs it; what was asked comes along. */
async function run(workflow: Workflow, more: WorkflowOptions = {}, stopAt?: number) {
  const { asked: requested, components, signal } = counting(stopAt)
  const options = workflowOptions(artifacts.path, { ...more, signal })
  const results = await createWorkflow(workflow, options, components).catch((error: unknown) => error)
  return { asked: requested, results }
}

async function finished(workflow: Workflow, more: WorkflowOptions = {}) {
  const { asked: requested, results } = await run(workflow, more)
  if (results instanceof Error) throw results
  return { asked: requested, results: results as Awaited<ReturnType<typeof createWorkflow>> }
}

async function failed(workflow: Workflow, more: WorkflowOptions = {}, stopAt?: number) {
  const { asked: requested, results } = await run(workflow, more, stopAt)
  const error = await failureOf(Promise.reject(results))
  return { asked: requested, error }
}

const rowsIn = (stage: string): Promise<Row[]> => rowsOf(open(join(folder(), stage)))
const kinds = (requested: readonly { prompt: string }[]) =>
  requested.map(({ prompt }) => prompt.replace(/^about /, '').split(' ')[0])

describe('a workflow', () => {
  test('makes a dataset per stage, each from the rows of the one before', async () => {
    const { asked: requested, results } = await finished(await threeStages())
    expect(stages()).toEqual(['stage-0-facts', 'stage-1-questions', 'stage-2-answers'])
    expect(requested).toHaveLength(18)
    const rows = await rowsOf(results.stage('answers'))
    expect(rows).toHaveLength(6)
    for (const { n, fact, question, answer } of rows) {
      expect(fact).toBe(`about Fact ${n}`)
      expect(question).toBe(`about Ask about ${fact}`)
      expect(answer).toBe(`about Answer ${question}`)
    }
    expect(statuses()).toEqual(['completed', 'completed', 'completed'])
    expect(results.summary.stages.map(({ summary }) => summary?.rows_written)).toEqual([6, 6, 6])
  })

  test('that is complete sends nothing, and gives the same results again', async () => {
    const first = await finished(await threeStages())
    const { asked: requested, results } = await finished(await threeStages())
    expect(requested).toEqual([])
    for (const [index, stage] of results.stages.entries()) {
      const before = first.results.stages[index]!
      expect(stage.results!.decision).toBe('already_complete')
      expect(await rowsOf(stage.dataset!)).toEqual(await rowsOf(before.dataset!))
      expect(await stage.dataset!.loadAnalysis()).toEqual(await before.dataset!.loadAnalysis())
      expect(stage.results!.summary.total).toEqual(before.results!.summary.total)
    }
  })

  test('with a changed stage makes it and those after it beside; the ones before stay, and nothing goes', async () => {
    await finished(await threeStages())
    const before = readFileSync(join(folder(), 'stage-0-facts/parquet-files/batch_00000.parquet'))
    const changed = await threeStages({
      stages: [
        { name: 'facts', num_records: 6, config: facts() },
        { name: 'questions', config: questions('Wonder about {{ fact }}') },
        { name: 'answers', config: answers() },
      ],
    })
    const { asked: requested, results } = await finished(changed)
    expect(kinds(requested)).toEqual([...Array(6).fill('Wonder'), ...Array(6).fill('Answer')])
    expect(results.stages.map((stage) => stage.results!.decision)).toEqual([
      'already_complete',
      'fresh_beside',
      'fresh_beside',
    ])
    expect(stages()).toHaveLength(5)
    expect(readFileSync(join(folder(), 'stage-0-facts/parquet-files/batch_00000.parquet'))).toEqual(before)
    // And the way back costs nothing.
    expect((await finished(await threeStages())).asked).toEqual([])
  })

  test('that is to have more rows buys those alone, in every stage', async () => {
    const sized = (num_records: number) =>
      threeStages({
        stages: [
          { name: 'facts', num_records, config: facts() },
          { name: 'questions', config: questions() },
          { name: 'answers', config: answers() },
        ],
      })
    await finished(await sized(6))
    const { asked: requested, results } = await finished(await sized(8))
    expect(kinds(requested)).toEqual(['Fact', 'Fact', 'Ask', 'Ask', 'Answer', 'Answer'])
    expect(await rowsOf(results.stage('answers'))).toHaveLength(8)
  })

  test('takes rows of the stage before as told: a part, cycled, in another order', async () => {
    const workflow = await threeStages({
      stages: [
        { name: 'facts', num_records: 6, config: facts('Fact {{ n }} of {{ id }}') },
        { name: 'few', config: { columns: [] }, selection_strategy: { start: 1, end: 2 } },
        { name: 'more', num_records: 5, config: { columns: [] } },
        { name: 'mixed', config: { columns: [] }, sampling_strategy: 'shuffle' },
      ].map((stage, index) =>
        index > 0
          ? stage
          : {
              ...stage,
              config: {
                columns: [
                  { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
                  ...facts().columns,
                ],
              },
            },
      ),
    })
    const { results } = await finished(workflow)
    const ids = async (name: string) => (await rowsOf(results.stage(name))).map(({ id }) => id)
    const all = await ids('facts')
    const [a, b] = [all[1], all[2]]
    expect(await ids('few')).toEqual([a, b])
    expect(await ids('more')).toEqual([a, b, a, b, a])
    expect((await ids('mixed')).sort()).toEqual([a, b, a, b, a].sort())
  })

  test('gives the rows of a processor, and JSON as the value it is', async () => {
    const transform = {
      name: 'pair',
      processor_type: 'schema_transform',
      template: { said: '{{ fact }}', more: { deep: ['{{ n }}'] } },
    }
    const workflow = await threeStages({
      stages: [
        {
          name: 'facts',
          num_records: 3,
          config: { ...facts(), processors: [transform] },
          output: 'processor:pair',
        },
        {
          name: 'use',
          config: {
            columns: [{ name: 'line', column_type: 'expression', expr: '{{ said }}/{{ more.deep[0] }}' }],
          },
        },
      ],
    })
    const { results } = await finished(workflow)
    const facts_ = await rowsOf(results.stage('facts'))
    expect((await rowsOf(results.stage('use'))).map(({ line }) => line)).toEqual(
      facts_.map(({ fact, n }) => `${fact}/${n}`),
    )
  })
})

test('a stage whose config is code runs its functions, and is made beside when they change', async () => {
  const write = (mark: string) =>
    writeFileSync(
      join(artifacts.path, 'marked.js'),
      `export default { columns: [{ name: 'marked', column_type: 'custom', generator_function: function mark(row) { return row.n + '${mark}' } }] }`,
    )
  const file = join(artifacts.path, 'chain.yaml')
  writeFileSync(
    file,
    `stages:
- {name: numbers, num_records: 3, config: {columns: [{name: n, column_type: expression, expr: "7", dtype: int}]}}
- {name: marked, config: marked.js}
`,
  )
  write('!')
  const first = await finished(await loadWorkflow(file))
  const made = async (results: typeof first.results) => (await rowsOf(results.stage('marked')))[0]
  const before = await made(first.results)
  write('?')
  const { results } = await finished(await loadWorkflow(file))
  expect(results.stages.map((stage) => stage.results!.decision)).toEqual(['already_complete', 'fresh_beside'])
  expect(await made(results)).not.toEqual(before)
})

describe('a workflow that was stopped', () => {
  test('goes on, buys nothing twice, and ends as if it had not been', async () => {
    const whole = await finished(await threeStages({ name: 'whole' }))
    const filesOf = (path: string) =>
      readdirSync(join(path, 'parquet-files')).map((name) => readFileSync(join(path, 'parquet-files', name)))
    for (const at of [1, 7, 11]) {
      rmSync(folder(), { recursive: true, force: true })
      const { asked: requested, error } = await failed(await threeStages(), {}, at)
      expect(error).toMatchObject({ code: 'aborted', message: expect.stringMatching(/^Stage "/) })
      expect(statuses()).toContain('stopped')
      const again = await finished(await threeStages(), { resume: 'always' })
      expect(requested.length + again.asked.length).toBe(18)
      for (const stage of ['facts', 'questions', 'answers']) {
        expect(filesOf(again.results.stage(stage).path)).toEqual(filesOf(whole.results.stage(stage).path))
      }
      expect(statuses()).toEqual(['completed', 'completed', 'completed'])
    }
  })

  test('between two stages begins the next like a new one, also under always', async () => {
    const accept = () => {
      throw new RowsmithError('finished_short', 'No')
    }
    const { error } = await failed(await threeStages(), { accept })
    expect(error).toMatchObject({
      code: 'finished_short',
      message: 'Stage "facts": No',
      facts: { stage: 'facts' },
    })
    expect(stages()).toEqual(['stage-0-facts'])
    const { asked: requested } = await finished(await threeStages(), { resume: 'always' })
    expect(kinds(requested)).not.toContain('Fact')
    expect(requested).toHaveLength(12)
  })

  test('by its budget goes on when that is raised; it is one budget for all stages', async () => {
    const { asked: requested, error } = await failed(await threeStages(), { maxRequests: 8 })
    expect(error).toMatchObject({ code: 'budget_reached', facts: { stage: 'questions' } })
    expect(requested).toHaveLength(8)
    const exactly = await failed(await threeStages(), { maxRequests: 12 })
    expect(exactly.asked).toHaveLength(4)
    expect(exactly.error).toMatchObject({ code: 'budget_reached', facts: { stage: 'answers' } })
    const { asked: rest } = await finished(await threeStages(), { maxRequests: 18 })
    expect(rest).toHaveLength(6)
    expect((await finished(await threeStages(), { maxRequests: 18 })).asked).toEqual([])
  })

  test('by its budget is refused where the usage of another stage cannot be read', async () => {
    await finished(await threeStages())
    rmSync(join(folder(), 'stage-2-answers/.rowsmith/run.json'))
    rmSync(join(folder(), 'stage-0-facts'), { recursive: true })
    const { asked: requested, error } = await failed(await threeStages(), {
      maxRequests: 30,
    })
    expect(requested).toEqual([])
    expect(error).toMatchObject({ code: 'run_json_damaged' })
  })
})

describe('resume', () => {
  test('always is refused for a workflow that never began, and for a changed stage, with what differs', async () => {
    const never = await failed(await threeStages(), { resume: 'always' })
    expect(never).toMatchObject({ asked: [], error: { code: 'nothing_to_resume' } })
    expect(existsSync(folder())).toBe(false)
    await finished(await threeStages())
    const changed = await threeStages({
      stages: [
        { name: 'facts', num_records: 6, config: facts() },
        { name: 'questions', config: questions('Wonder {{ fact }}') },
      ],
    })
    const { asked: requested, error } = await failed(changed, { resume: 'always' })
    expect(requested).toEqual([])
    expect(error).toMatchObject({
      code: 'config_differs',
      message: expect.stringMatching(
        /^Stage "questions": .*columns\[0\]\.prompt: "Ask about \{\{ fact \}\}" -> "Wonder/,
      ),
    })
  })

  test('is refused by a record that cannot be read, in every mode; moved away, everything goes on', async () => {
    await finished(await threeStages())
    const text = readFileSync(record(), 'utf8')
    for (const [damage, message] of [
      ['{', /is not JSON/],
      [text.replace('"completed"', '"done"'), /stages\[0\].*status/],
      [text.replace('stage-0-facts', '../elsewhere'), /directory/],
      [text.replace('"chain"', '"other"'), /of the workflow "other", not of "chain"/],
    ] as const) {
      for (const resume of ['if_possible', 'always', 'never'] as const) {
        writeFileSync(record(), damage)
        const { asked: requested, error } = await failed(await threeStages(), { resume })
        expect(error).toMatchObject({
          code: 'workflow_record_damaged',
          message: expect.stringMatching(message),
        })
        expect(requested).toEqual([])
        expect(readFileSync(record(), 'utf8')).toBe(damage)
      }
    }
    rmSync(record())
    expect((await finished(await threeStages())).asked).toEqual([])
  })

  test('never begins every stage anew, beside what is there', async () => {
    await finished(await threeStages())
    const { asked: requested } = await finished(await threeStages(), { resume: 'never' })
    expect(requested).toHaveLength(18)
    expect(stages()).toHaveLength(6)
    expect((await finished(await threeStages())).asked).toEqual([])
  })
})

describe('files of a stage', () => {
  test('that are lost are rebuilt from stored answers', async () => {
    await finished(await threeStages())
    rmSync(join(folder(), 'stage-0-facts/parquet-files/batch_00001.parquet'))
    rmSync(join(folder(), 'stage-1-questions/parquet-files/batch_00000.parquet'))
    const { asked: requested, results } = await finished(await threeStages())
    expect(requested).toEqual([])
    expect(stages()).toHaveLength(3)
    expect(await rowsOf(results.stage('questions'))).toHaveLength(6)
  })

  test('that are damaged are never built upon', async () => {
    await finished(await threeStages())
    const path = join(folder(), 'stage-0-facts/parquet-files/batch_00000.parquet')
    const bytes = readFileSync(path)
    bytes[60]! ^= 0xff
    writeFileSync(path, bytes)
    const { asked: requested, error } = await failed(await threeStages())
    expect(requested).toEqual([])
    expect(error).toMatchObject({
      code: 'step_damaged',
      message: expect.stringContaining('parquet-files/batch_00000.parquet'),
      nextStep: expect.stringContaining('stage-0-facts --repair'),
    })
    expect(stages()).toHaveLength(3)
  })

  test('can be moved: contents count, and no path outside the folder', async () => {
    await finished(await threeStages())
    const moved = join(artifacts.path, 'elsewhere')
    cpSync(folder(), join(moved, 'chain'), { recursive: true })
    renameSync(folder(), join(artifacts.path, 'gone'))
    const { asked: requested, components } = counting()
    const results = await createWorkflow(await threeStages(), workflowOptions(moved), components)
    expect(requested).toEqual([])
    expect(results.stages.map((stage) => stage.results!.decision)).toEqual(Array(3).fill('already_complete'))
    const identity = readFileSync(join(moved, 'chain/stage-1-questions/.rowsmith/run.json'), 'utf8')
    expect(identity).toContain('seed_contents')
    expect(identity).not.toContain(artifacts.path)
    expect(identity).not.toMatch(/"(library_)?version"/)
  })

  test('of complete stages stay whatever buffer size is asked for', async () => {
    await finished(await threeStages(), { until: 'questions' })
    const { asked: requested, results } = await finished(await threeStages(), {
      runConfig: { buffer_size: 3 },
    })
    expect(requested).toHaveLength(6)
    expect(results.stages[2]!.results!.summary.row_groups.total).toBe(2)
    expect(stages()).toHaveLength(3)
  })
})

describe('where', () => {
  const choosing = (where: string, allow_empty = false) =>
    threeStages({
      stages: [
        { name: 'facts', num_records: 6, config: facts(), where, allow_empty },
        { name: 'questions', config: questions() },
        { name: 'answers', config: answers() },
      ],
    })

  test('chooses which rows the next stage gets; another choice is made beside, and none is made twice', async () => {
    const { results } = await finished(await choosing('n >= 4'))
    const all = await rowsOf(results.stage('facts'))
    const high = all.filter(({ n }) => Number(n) >= 4)
    expect(high.length).toBeGreaterThan(0)
    expect(high.length).toBeLessThan(6)
    expect((await rowsOf(results.stage('answers'))).map(({ fact }) => fact)).toEqual(
      high.map(({ fact }) => fact),
    )
    const outputs = () => readdirSync(join(folder(), 'stage-outputs'))
    const before = outputs()
    expect((await finished(await choosing('n >= 4'))).asked).toEqual([])
    expect(outputs()).toEqual(before)
    const { results: others } = await finished(await choosing('n < 4'))
    expect(await rowsOf(others.stage('answers'))).toHaveLength(6 - high.length)
    expect(outputs()).toHaveLength(2)
  })

  test('that leaves nothing stops the workflow, or ends it where that is allowed', async () => {
    const { error } = await failed(await choosing('n > 100'))
    expect(error).toMatchObject({
      code: 'step_empty',
      message: 'Stage "facts": Nothing is left for the next stage: no row of it meets "n > 100"',
    })
    for (let time = 0; time < 2; time++) {
      const { results } = await finished(await choosing('n > 100', true))
      expect(results.stages.map(({ status }) => status)).toEqual([
        'completed_empty',
        'skipped_empty_upstream',
        'skipped_empty_upstream',
      ])
    }
    expect(stages()).toEqual(['stage-0-facts'])
  })

  test('that is no condition is told of when its stage is there, and costs nothing more', async () => {
    const { error } = await failed(await choosing('n >'))
    expect(error).toMatchObject({ code: 'where_invalid', facts: { stage: 'facts' } })
  })
})

describe('a function between stages', () => {
  async function* twice(rows: AsyncIterable<Row>) {
    for await (const row of rows) for (const variant of [1, 2]) yield { ...row, variant }
  }

  test('makes other rows, and counts by its source', async () => {
    const { asked: requested, results } = await finished(await threeStages(), {
      transforms: { facts: twice },
    })
    expect(requested).toHaveLength(6 + 12 + 12)
    const rows = await rowsOf(results.stage('questions'))
    expect(rows.map(({ variant }) => variant)).toEqual(Array(6).fill([1n, 2n]).flat())
    expect((await finished(await threeStages(), { transforms: { facts: twice } })).asked).toEqual([])
    const changed = async function* (all: AsyncIterable<Row>) {
      for await (const row of all) if (row.n !== null) yield row
    }
    const other = await finished(await threeStages(), { transforms: { facts: changed } })
    expect(kinds(other.asked)).not.toContain('Fact')
    expect(await rowsOf(other.results.stage('questions'))).toHaveLength(6)
  })

  test('that throws stops there; nothing is half made', async () => {
    const broken = async function* () {
      yield { a: 1 }
      throw new RowsmithError('usage', 'Cannot do that')
    }
    const { error } = await failed(await threeStages(), { transforms: { facts: broken } })
    expect(error).toMatchObject({ message: 'Stage "facts": Cannot do that' })
    expect(readdirSync(join(folder(), 'stage-outputs'))).toEqual([])
  })
})

describe('a part of a workflow', () => {
  test('is run up to a stage; what is known of later ones is kept', async () => {
    await finished(await threeStages())
    const { results } = await finished(await threeStages(), { until: 'facts' })
    expect(results.stages.map(({ status }) => status)).toEqual(Array(3).fill('completed'))
    expect((await finished(await threeStages())).asked).toEqual([])
  })

  test('is made anew from a stage on; the same call goes on with that, and the old one stays', async () => {
    await finished(await threeStages())
    const before = await rowsIn('stage-1-questions')
    const anew = { rerunFrom: 'questions' }
    const { asked: some } = await failed(await threeStages(), anew, 3)
    const { asked: rest } = await finished(await threeStages(), anew)
    expect(some.length + rest.length).toBe(12)
    expect(stages()).toEqual([
      'stage-0-facts',
      'stage-1-questions',
      'stage-1-questions.r2',
      'stage-2-answers',
      'stage-2-answers.r2',
    ])
    expect(await rowsIn('stage-1-questions')).toEqual(before)
    // From now on it is what the workflow has, with or without the record.
    expect((await finished(await threeStages())).asked).toEqual([])
    rmSync(record())
    expect((await finished(await threeStages())).asked).toEqual([])
    expect((await finished(await threeStages(), anew)).asked).toHaveLength(12)
    expect(stages()).toContain('stage-2-answers.r3')
  })

  test('can be replaced by a file: stages before it are not run, those after it start from that', async () => {
    const path = join(artifacts.path, 'reviewed.csv')
    writeFileSync(path, 'fact\nfirst\nsecond\n')
    const { asked: requested, results } = await finished(await threeStages(), { outputs: { facts: path } })
    expect(requested).toHaveLength(4)
    expect(results.stages.map(({ status }) => status)).toEqual(['output_given', 'completed', 'completed'])
    expect((await rowsOf(results.stage('questions'))).map(({ question }) => question)).toEqual([
      'about Ask about first',
      'about Ask about second',
    ])
    expect(() => results.stage('facts')).toThrow(expect.objectContaining({ code: 'unknown_step' }))
    expect((await finished(await threeStages(), { outputs: { facts: path } })).asked).toEqual([])
  })

  test.each<[string, string, string, RegExp]>([
    ['is not there', 'none.csv', 'seed_not_found', /given for stage "facts", ".*none\.csv", cannot be used/],
    ['has no rows', 'empty.csv', 'seed_unreadable', /given for stage "facts".*it has no rows/],
    ['is of no kind that can be read', 'rows.txt', 'usage', /given for stage "facts".*it must be a file/],
    [
      'lacks a column of the next stage',
      'other.csv',
      'config_invalid',
      /Stage "questions": .*"fact" is not a column/,
    ],
    [
      'lacks a column of the last stage',
      'fact.csv',
      'config_invalid',
      /Stage "answers": .*"n" is not a column/,
    ],
    ['has a column that a stage makes', 'both.csv', 'config_invalid', /Stage "questions": .*"question"/],
  ])('is refused before anything is asked where the file %s', async (_, name, code, message) => {
    const texts = { 'empty.csv': 'fact\n', 'rows.txt': 'fact\nx\n', 'other.csv': 'fakt\nx\n' }
    const all = { ...texts, 'fact.csv': 'fact\nx\n', 'both.csv': 'fact,question\nx,y\n' }
    for (const [file, text] of Object.entries(all)) writeFileSync(join(artifacts.path, file), text)
    const stages = [
      { name: 'facts', num_records: 6, config: facts() },
      { name: 'questions', config: questions() },
      { name: 'answers', config: answers('Answer {{ question }} of {{ n }}') },
    ]
    const given = { outputs: { facts: join(artifacts.path, name) } }
    const { asked: requested, error } = await failed(await threeStages({ stages }), given)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(requested).toEqual([])
    expect(existsSync(folder())).toBe(false)
  })

  test('is read again when the file changed, buys what is new, and leaves what the stage made', async () => {
    await finished(await threeStages())
    const path = join(artifacts.path, 'reviewed.jsonl')
    const given = { outputs: { questions: path } }
    const write = (...texts: string[]) =>
      writeFileSync(path, texts.map((question) => `${JSON.stringify({ question })}\n`).join(''))
    write('one')
    expect((await finished(await threeStages(), given)).asked).toHaveLength(1)
    write('one', 'two')
    expect((await finished(await threeStages(), given)).asked).toHaveLength(1)
    expect((await finished(await threeStages())).asked).toEqual([])
  })

  test.each<[WorkflowOptions, string, RegExp]>([
    [
      { until: 'facs' },
      'unknown_step',
      /no stage "facs"; it has facts, questions, answers; did you mean "facts"/,
    ],
    [{ rerunFrom: 'x' }, 'unknown_step', /no stage "x"/],
    [{ outputs: { x: 'a.csv' } }, 'unknown_step', /no stage "x"/],
    [
      { rerunFrom: 'answers', until: 'facts' },
      'usage',
      /Cannot start again from "answers", which comes after "facts"/,
    ],
    [{ outputs: { answers: 'a.csv' } }, 'usage', /No stage is left to run/],
    [{ datasetName: '../x' }, 'path_escapes', /not a plain folder name/],
  ])('is not %j', async (options, code, message) => {
    const { asked: requested, error } = await failed(await threeStages(), options)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(requested).toEqual([])
    expect(existsSync(folder())).toBe(false)
  })
})

describe('the status of a workflow', () => {
  test('is that of its stages, also while one is stopped', async () => {
    await failed(await threeStages(), {}, 9)
    const status = await workflowStatus(folder())
    expect(status).toMatchObject({
      name: 'chain',
      stages: [
        { name: 'facts', status: 'completed', output_rows: 6, dataset: { rows_written: 6, rows_open: 0 } },
        { name: 'questions', status: 'stopped', error: 'aborted', dataset: { rows_planned: 6 } },
        { name: 'answers', status: 'pending', dataset: null },
      ],
    })
    expect(await workflowStatus(join(folder(), 'stage-0-facts'))).toBeUndefined()
  })
})
