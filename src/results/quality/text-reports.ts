/**
 * Reports on the texts of a dataset: near-duplicates, contamination, diversity. One pass over the rows for all of them.
 *
 * Rules:
 *   1. Null is no text: it is counted, and passes.
 *   2. Rows are named by their numbers over the dataset, as `inspect --row` takes them. Where rows have none that stay, as after
 *      post-processing, they are named by their place, from 0, and the report says so.
 *   3. Memory has a limit. Past it no more texts are compared, and the report says how many rows were.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { type ContaminationOptions, contaminationDefaults, Prompts } from '../../quality/contamination.ts'
import { type Diversity, DiversityCounter } from '../../quality/diversity.ts'
import { type NearDuplicateCounts, NearDuplicates, type Resemblance } from '../../quality/near-duplicates.ts'
import { rowNumbersIn } from '../rows/row-numbers.ts'
import type { Cell, ProfiledTable } from './profiled-table.ts'
import { type FilePrompt, promptsIn } from './prompt-files.ts'

export interface TextReportOptions {
  /** Columns of text. @default those that models write, else all with text */
  readonly columns?: readonly string[]
  /** Look for texts that equal or resemble an earlier one. */
  readonly nearDuplicates?: boolean | { /** @default 0.8 */ readonly threshold?: number }
  /** Count distinct n-grams, openings and lengths. */
  readonly diversity?: boolean
  /** Look for prompts of files in the texts. */
  readonly contamination?: Partial<ContaminationOptions> & {
    readonly against: readonly string[]
    /** Of objects in these files. */
    readonly field?: string
  }
}

interface NearDuplicateReport extends NearDuplicateCounts {
  readonly column_name: string
  readonly threshold: number
  readonly nulls: number
  /** Rows that were compared, where memory had not room for all; null when all were. */
  readonly rows_compared: number | null
  /** The first ones found. */
  readonly examples: readonly ({ readonly row: number } & Resemblance)[]
  /** Rows that most others equal or resemble. */
  readonly most: readonly { readonly row: number; readonly duplicates: number }[]
}

interface ContaminationReport extends ContaminationOptions {
  readonly column_name: string
  readonly texts: number
  readonly nulls: number
  /** Texts that have a prompt. */
  readonly hit: number
  readonly prompts: number
  readonly prompts_hit: number
  /** Prompts that only an equal text can show: too short, or boilerplate alone. */
  readonly uncheckable: number
  readonly examples: readonly {
    readonly row: number
    readonly file: string
    readonly line: number
    readonly share: number
  }[]
}

interface DiversityReport extends Diversity {
  readonly column_name: string
  readonly nulls: number
}

export interface TextReports {
  /** What `row` means in examples. */
  readonly rows_named_by: 'number' | 'position'
  readonly near_duplicates?: readonly NearDuplicateReport[]
  readonly contamination?: readonly ContaminationReport[]
  readonly diversity?: readonly DiversityReport[]
}

const examplesMax = 20
/** Members of sets over all columns: about 900 MB with their index. */
const membersMax = 60_000_000

/** @returns undefined when none is requested. @throws RowsmithError usage, unknown_column, io_error */
export async function textReports(
  disk: Disk,
  table: ProfiledTable,
  options: TextReportOptions,
  signal?: AbortSignal,
): Promise<TextReports | undefined> {
  const { nearDuplicates = false, diversity = false, contamination } = options
  if (nearDuplicates === false && !diversity && contamination === undefined) return undefined
  const cells = textCells(table, options.columns)
  const sought = contamination === undefined ? undefined : await soughtPrompts(disk, contamination)
  const threshold = (typeof nearDuplicates === 'object' ? nearDuplicates.threshold : undefined) ?? 0.8
  const watchers = cells.map((cell) => ({
    near: nearDuplicates === false ? undefined : new NearWatcher(cell.name, threshold),
    diversity: diversity ? new DiversityCounter() : undefined,
    prompts: sought === undefined ? undefined : new PromptWatcher(cell.name, sought),
    nulls: 0,
  }))
  const numbers = await numbersOf(table)
  let place = 0
  for await (const rows of cells.length === 0 ? [] : table.stream(cells, signal)) {
    for (const row of rows) {
      const number = numbers?.[place] ?? place
      const held = watchers.reduce((sum, { near }) => sum + (near?.held ?? 0), 0)
      for (const [at, watcher] of watchers.entries()) {
        const text = row[at]
        if (typeof text !== 'string') {
          watcher.nulls++
          continue
        }
        watcher.near?.add(text, number, place, held > membersMax)
        watcher.diversity?.add(text)
        watcher.prompts?.add(text, number)
      }
      place++
    }
  }
  return {
    rows_named_by: numbers === undefined ? 'position' : 'number',
    ...(nearDuplicates === false
      ? {}
      : { near_duplicates: watchers.flatMap(({ near, nulls }) => near?.report(nulls) ?? []) }),
    ...(sought === undefined
      ? {}
      : { contamination: watchers.flatMap(({ prompts, nulls }) => prompts?.report(nulls) ?? []) }),
    ...(diversity
      ? {
          diversity: watchers.flatMap(({ diversity: counter, nulls }, at) =>
            counter === undefined ? [] : { column_name: cells[at]?.name ?? '', nulls, ...counter.result() },
          ),
        }
      : {}),
  }
}

const written = new Set(['llm-text', 'llm-code'])

function textCells(table: ProfiledTable, named: readonly string[] | undefined): Cell[] {
  if (named === undefined) {
    const texts = table.columns.filter(({ type }) => type.kind === 'string')
    const models = texts.filter(({ name }) => written.has(String(table.configured.get(name)?.column_type)))
    return (models.length > 0 ? models : texts).map(({ name }) => table.cell(name))
  }
  return [...new Set(named)].map((name) => {
    const cell = table.cell(name)
    if (cell.type.kind === 'string') return cell
    throw new RowsmithError('usage', `The column "${name}" has no texts: its type is ${cell.type.kind}.`, {
      nextStep: 'Name columns of text, or fields of a structured column, such as answer.summary.',
      facts: { column: name, type: cell.type.kind },
    })
  })
}

/** Of every row, in order; undefined where a file has none (rule 2). */
async function numbersOf({ view, files }: ProfiledTable): Promise<number[] | undefined> {
  const numbers: number[] = []
  try {
    for (const file of files) for (const number of await rowNumbersIn(view, file)) numbers.push(number)
    return numbers
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code === 'usage') return undefined
    throw error
  }
}

interface SoughtPrompts {
  readonly options: ContaminationOptions
  readonly index: Prompts
  /** By the number of a prompt: where it stands. */
  readonly places: readonly FilePrompt[]
}

async function soughtPrompts(
  disk: Disk,
  { against, field, ...given }: NonNullable<TextReportOptions['contamination']>,
): Promise<SoughtPrompts> {
  const options = { ...contaminationDefaults, ...given }
  if (against.length === 0) throw new RowsmithError('usage', 'No file of prompts is given to look for.')
  const index = new Prompts(options)
  const places: FilePrompt[] = []
  for (const file of against) {
    for (const prompt of await promptsIn(disk, file, field)) {
      if (index.add(prompt.text) !== undefined) places.push({ ...prompt, text: '' })
    }
  }
  return { options, index, places }
}

class NearWatcher {
  readonly #column: string
  readonly #threshold: number
  readonly #near: NearDuplicates
  readonly #examples: NearDuplicateReport['examples'][number][] = []
  readonly #duplicates = new Map<number, number>()
  #stopped: number | undefined

  constructor(column: string, threshold: number) {
    this.#column = column
    this.#threshold = threshold
    this.#near = new NearDuplicates(threshold)
  }

  get held(): number {
    return this.#near.held
  }

  add(text: string, row: number, place: number, isFull: boolean): void {
    if (isFull) this.#stopped ??= place
    if (this.#stopped !== undefined) return
    const found = this.#near.add(text, row)
    if (found === undefined) return
    this.#duplicates.set(found.like, (this.#duplicates.get(found.like) ?? 0) + 1)
    if (this.#examples.length < examplesMax) this.#examples.push({ row, ...found })
  }

  report(nulls: number): NearDuplicateReport {
    const most = [...this.#duplicates].sort(([a, more], [b, less]) => less - more || a - b)
    return {
      column_name: this.#column,
      threshold: this.#threshold,
      nulls,
      ...this.#near.counts,
      rows_compared: this.#stopped ?? null,
      examples: this.#examples,
      most: most.slice(0, examplesMax).map(([row, duplicates]) => ({ row, duplicates })),
    }
  }
}

class PromptWatcher {
  readonly #column: string
  readonly #sought: SoughtPrompts
  readonly #examples: ContaminationReport['examples'][number][] = []
  readonly #hitPrompts = new Set<number>()
  #texts = 0
  #hit = 0

  constructor(column: string, sought: SoughtPrompts) {
    this.#column = column
    this.#sought = sought
  }

  add(text: string, row: number): void {
    this.#texts++
    const { index, places } = this.#sought
    const found = index.find(text)
    if (found === undefined) return
    this.#hit++
    this.#hitPrompts.add(found.prompt)
    const { file = '', line = 0 } = places[found.prompt] ?? {}
    if (this.#examples.length < examplesMax) this.#examples.push({ row, file, line, share: found.share })
  }

  report(nulls: number): ContaminationReport {
    const { options, index } = this.#sought
    return {
      column_name: this.#column,
      ...options,
      texts: this.#texts,
      nulls,
      hit: this.#hit,
      prompts: index.count,
      prompts_hit: this.#hitPrompts.size,
      uncheckable: index.uncheckable,
      examples: this.#examples,
    }
  }
}
