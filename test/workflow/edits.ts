/**
 * Workflows that are edited again and again at random: steps put in, taken out, renamed, moved, reworded, enlarged. What an edit buys is
 * held against all prompts that were ever answered: none of them is sent again.
 */
import { keyedRandom, type Random } from '../../src/base/numbers/random.ts'
import { createWorkflow } from '../../src/entries/workflow.ts'
import { rowsOf } from '../support/small-runs.ts'
import { counting, threeStages, workflowOptions } from './workflows.ts'

/** A step makes one column, of a prompt that reads others; the first one draws `id` too. */
interface Step {
  readonly name: string
  readonly column: string
  readonly reads: string
  readonly words: string
}

interface Course {
  steps: readonly Step[]
  rows: number
  made: number
}

type Edit = (course: Course, random: Random) => string | undefined

const columnsBefore = (steps: readonly Step[], at: number): string[] => [
  'id',
  ...steps.slice(0, at).map(({ column }) => column),
]

/** Whether every step reads what is there. */
const isWhole = (steps: readonly Step[]): boolean =>
  steps.every(({ reads }, at) => columnsBefore(steps, at).includes(reads))

const pick = <T>(list: readonly T[], random: Random): T => list[random.below(list.length)]!

/** By name: what changes the course, if it can; it tells what it did. */
const edits: Readonly<Record<string, Edit>> = {
  insert: (course, random) => {
    const at = 1 + random.below(course.steps.length)
    const number = ++course.made
    const reads = pick(columnsBefore(course.steps, at), random)
    const step = { name: `step${number}`, column: `c${number}`, reads, words: `Write ${number}` }
    course.steps = course.steps.toSpliced(at, 0, step)
    return `${step.name} at ${at}, reads ${reads}`
  },
  remove: (course, random) => {
    const at = 1 + random.below(Math.max(1, course.steps.length - 1))
    const steps = course.steps.toSpliced(at, 1)
    if (at >= course.steps.length || !isWhole(steps)) return undefined
    const what = course.steps[at]!.name
    course.steps = steps
    return what
  },
  rename: (course, random) => {
    const at = random.below(course.steps.length)
    const step = course.steps[at]!
    const name = `named${++course.made}`
    course.steps = course.steps.with(at, { ...step, name })
    return `${step.name} to ${name}`
  },
  move: (course, random) => {
    const [from, to] = [1 + random.below(course.steps.length), 1 + random.below(course.steps.length)]
    const step = course.steps[from]
    if (step === undefined || from === to) return undefined
    const steps = course.steps.toSpliced(from, 1).toSpliced(to, 0, step)
    if (!isWhole(steps)) return undefined
    course.steps = steps
    return `${step.name} from ${from} to ${to}`
  },
  reword: (course, random) => {
    const at = random.below(course.steps.length)
    const step = course.steps[at]!
    course.steps = course.steps.with(at, { ...step, words: `Say ${++course.made}` })
    return step.name
  },
  enlarge: (course) => {
    course.rows += 2
    return `to ${course.rows} rows`
  },
}

const id = { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} }

const stagesOf = ({ steps, rows }: Course): object[] =>
  steps.map(({ name, column, reads, words }, at) => ({
    name,
    ...(at === 0 ? { num_records: rows } : {}),
    config: {
      columns: [
        ...(at === 0 ? [id] : []),
        { name: column, column_type: 'llm-text', model_alias: 'writer', prompt: `${words}: {{ ${reads} }}` },
      ],
    },
  }))

/** @returns what was bought twice, or is not what the workflow says, as sentences that tell the edits */
export async function editWorkflow(folder: string, seed: number, times: number): Promise<readonly string[]> {
  const random = keyedRandom(BigInt(seed), 'edits of workflows', 0)
  const course: Course = { rows: 4, made: 3, steps: firstSteps }
  const answered = new Set<string>()
  const done: string[] = []
  for (let edit = 0; edit <= times; edit++) {
    if (edit > 0) {
      const name = pick(Object.keys(edits), random)
      const what = edits[name]!(course, random)
      if (what === undefined) continue
      done.push(`${name} ${what}`)
    }
    const { asked, components } = counting()
    const workflow = await threeStages({ stages: stagesOf(course) })
    const results = await createWorkflow(workflow, workflowOptions(folder), components)
    const again = asked.filter(({ prompt }) => answered.has(prompt))
    for (const { prompt } of asked) answered.add(prompt)
    const rows = await rowsOf(results.stage(course.steps.at(-1)!.name))
    // The model says its prompt again.
    const wrong = rows.filter((row) =>
      course.steps.some(({ column, reads, words }) => row[column] !== `about ${words}: ${row[reads]}`),
    )
    if (again.length > 0) return [`${done.join('; ')}: ${again.length} answers were bought again`]
    if (rows.length !== course.rows || wrong.length > 0)
      return [`${done.join('; ')}: ${rows.length} rows of ${course.rows}, ${wrong.length} of them wrong`]
  }
  return []
}

const firstSteps: readonly Step[] = [
  { name: 'step1', column: 'c1', reads: 'id', words: 'Fact' },
  { name: 'step2', column: 'c2', reads: 'c1', words: 'Ask' },
  { name: 'step3', column: 'c3', reads: 'id', words: 'Note' },
]
