/**
 * From a config to the columns the engine makes.
 *
 * The table is complete by type: a column type added to the config does not compile until it is decided here.
 */
import type { RunConfig } from '../config/run-config.ts'
import type { ColumnConfig, Config } from '../config/schema.ts'
import type { BuildColumn, Built } from './build.ts'
import type { Column } from './column.ts'
import { buildExpressionColumn } from './expression.ts'
import { buildStructuredColumn } from './llm-structured.ts'
import { buildTextColumn } from './llm-text.ts'
import { buildSamplerColumn } from './sampler.ts'

type ColumnType = ColumnConfig['column_type']

const notBuilt = null

const builders: { readonly [Type in ColumnType]: BuildColumn<Type> | typeof notBuilt } = {
  sampler: buildSamplerColumn,
  expression: buildExpressionColumn,
  'llm-text': buildTextColumn,
  'llm-structured': buildStructuredColumn,
  'llm-code': notBuilt,
  'llm-judge': notBuilt,
  validation: notBuilt,
  embedding: notBuilt,
  image: notBuilt,
  'seed-dataset': notBuilt,
  custom: notBuilt,
}

/** Something a config asks for that Rowsmith cannot make yet. */
export interface NotBuilt {
  /** The column; for what is no column, the processor's name or the config's key. */
  readonly column: string
  /** What it is: "llm-judge", "sampler: gaussian", "llm-text with skip". */
  readonly type: string
}

/**
 * Compiles every column of a config, in config order.
 *
 * @returns `notBuilt` lists all that cannot be made yet; cells may be made only when it is empty
 * @throws RowsmithError of class `usage` when a column's config cannot be made into a column
 */
export function compileColumns(
  config: Config,
  runConfig: RunConfig,
): { readonly columns: readonly Column[]; readonly notBuilt: readonly NotBuilt[] } {
  const columns: Column[] = []
  const missing: NotBuilt[] = []
  for (const column of config.columns) {
    const built = compileColumn(column, runConfig)
    if (built.kind === 'column') columns.push(built.column)
    else missing.push({ column: column.name, type: built.what })
  }
  for (const constraint of config.constraints) {
    missing.push({ column: constraint.target_column, type: `constraint: ${constraint.constraint_type}` })
  }
  if (config.seed_config !== null) missing.push({ column: 'seed_config', type: 'seed dataset' })
  for (const processor of config.processors) {
    // Dropping columns is done by `drop` on each of them, which the loader has set.
    if (processor.processor_type === 'drop_columns') continue
    missing.push({ column: processor.name, type: `processor: ${processor.processor_type}` })
  }
  return { columns, notBuilt: missing }
}

function compileColumn(config: ColumnConfig, runConfig: RunConfig): Built {
  const type = config.column_type
  // The table's type ties each builder to its config; indexing by a union loses that tie.
  const build = builders[type] as BuildColumn<ColumnType> | typeof notBuilt
  if (build === notBuilt) return { kind: 'not_built', what: type }
  if (config.skip !== null) return { kind: 'not_built', what: `${type} with skip` }
  if (config.allow_resize) return { kind: 'not_built', what: `${type} with allow_resize` }
  return build(config as never, runConfig)
}
