/**
 * From a config to the columns the engine makes.
 *
 * The table is complete by type: a column type added to the config does not compile until it is decided here.
 */

import { RowsmithError } from '../base/errors/errors.ts'
import type { RunConfig } from '../config/files/run-config.ts'
import { sourceOf } from '../config/reading/source.ts'
import { isDropped } from '../config/schema/processors.ts'
import type { ColumnConfig, Config } from '../config/schema/schema.ts'
import type { FindsPersons } from '../sample/samplers.ts'
import type { SeedColumn } from '../seed/dataset/dataset.ts'
import type { BuildColumn, Built, Functions, UserCode } from './column/build.ts'
import type { Column } from './column/column.ts'
import { buildCustomColumn } from './computed/custom.ts'
import { buildExpressionColumn } from './computed/expression.ts'
import { usedSkipRules, withSkipRule } from './computed/skip.ts'
import { buildValidationColumn } from './computed/validation.ts'
import { buildEmbeddingColumn } from './model/embedding.ts'
import { buildImageColumn } from './model/image.ts'
import { buildCodeColumn } from './model/llm-code.ts'
import { buildJudgeColumn } from './model/llm-judge.ts'
import { buildStructuredColumn } from './model/llm-structured.ts'
import { buildTextColumn } from './model/llm-text.ts'
import { constrained } from './sampled/constrained.ts'
import { buildSamplerColumn } from './sampled/sampler.ts'
import { buildSeedColumn } from './sampled/seed.ts'

/** Every column but those of a seed, which has them all at once, and samplers, which are built of each other. */
type CompiledColumn = Exclude<ColumnConfig, { column_type: 'seed-dataset' | 'sampler' }>
type ColumnType = CompiledColumn['column_type']

const builders: { readonly [Type in ColumnType]: BuildColumn<Type> } = {
  expression: buildExpressionColumn,
  'llm-text': buildTextColumn,
  'llm-structured': buildStructuredColumn,
  'llm-code': buildCodeColumn,
  'llm-judge': buildJudgeColumn,
  validation: buildValidationColumn,
  embedding: buildEmbeddingColumn,
  image: buildImageColumn,
  custom: buildCustomColumn,
}

/** Something in a config that Rowsmith cannot make yet. */
export interface NotBuilt {
  /** The column; for what is no column, the config's key. */
  readonly column: string
  /** What it is: "allow_resize together with skip". */
  readonly type: string
}

/**
 * Compiles every column of a config: those of the seed dataset first, as Data Designer's files have them, then all
 * others in config order.
 *
 * @param seed the columns of the seed dataset; without them, they are left out
 * @param persons the records of person datasets; without them, person columns cannot be drawn
 * @returns `notBuilt` lists all that cannot be made yet; cells may be made only when it is empty
 * @throws RowsmithError of class `usage` when a column's config cannot be made into a column
 */
export function compileColumns(
  config: Config,
  runConfig: RunConfig,
  seed: readonly SeedColumn[] = [],
  persons: FindsPersons = null,
): { readonly columns: readonly Column[]; readonly notBuilt: readonly NotBuilt[] } {
  const columns: Column[] = []
  const missing: NotBuilt[] = []
  const ofSeed: Column[] = []
  // Only `code/` puts functions there.
  const { functions = new Map(), answerChecks = new Map() } = sourceOf(config).code ?? {}
  const code: UserCode = { functions: functions as Functions, answerChecks }
  for (const column of config.columns) {
    if (column.column_type === 'seed-dataset') {
      const dropped = column.drop || isDropped(config.processors, column.name)
      const built = seed.find(({ name }) => name === column.name)
      if (built !== undefined) ofSeed.push(buildSeedColumn(built, dropped))
      continue
    }
    if (column.column_type === 'sampler') {
      columns.push(naming(column.name, () => buildSamplerColumn(column, config.columns, persons)))
      continue
    }
    const built = compileColumn(column, runConfig, code)
    columns.push(built.column, ...sidesOf(built, config))
  }
  const ruled = usedSkipRules(constrained(columns, config))
  const resizing = ruled.find(({ kind }) => kind === 'resizing')
  // Rows that a column made of others do not know what of them was skipped.
  if (resizing !== undefined && ruled.some(({ skip }) => skip !== undefined)) {
    missing.push({ column: resizing.name, type: 'allow_resize together with skip' })
  }
  return { columns: [...ofSeed, ...ruled], notBuilt: missing }
}

function compileColumn(config: CompiledColumn, runConfig: RunConfig, code: UserCode): Built {
  // The table's type ties each builder to its config; indexing by a union loses that tie.
  const build = builders[config.column_type] as BuildColumn<ColumnType>
  const built = naming(config.name, () => build(config as never, runConfig, code))
  return { ...built, column: withSkipRule(built.column, config) }
}

/** The columns that are made along with one: skipped with it, dropped by processors alone. */
function sidesOf({ column, sides = [] }: Built, config: Config): Column[] {
  return sides.map((side) => ({
    ...side,
    drop: side.drop || isDropped(config.processors, side.name),
    skip: { along: [column.name], when: null, value: null },
  }))
}

/** What cannot be made into a column is reported with the column's name. */
function naming<T>(column: string, build: () => T): T {
  try {
    return build()
  } catch (error) {
    if (!RowsmithError.isInstance(error) || error.facts.column !== undefined) throw error
    const { code, message, facts, nextStep } = error
    throw new RowsmithError(code, message, { facts: { ...facts, column }, nextStep, cause: error })
  }
}
