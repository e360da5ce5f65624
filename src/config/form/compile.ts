import { RowsmithError } from '../../base/errors/errors.ts'
import { rememberSource, sourceOf } from '../reading/source.ts'
import { isDropped } from '../schema/processors.ts'
import type { ColumnConfig, Config } from '../schema/schema.ts'

/** The name of the column that stands in for rows when nothing else makes them. */
export const internalRowId = '_internal_row_id'

/**
 * The compiled form of a config, which is what `builder_config.json` and `config_hash` hold: seed columns at the
 * end, those that a drop_columns processor names marked as dropped, and a dropped uuid column in front when there is neither a sampler nor a seed column. Compiling twice
 * changes nothing.
 *
 * @param seedColumns the names of the seed dataset's columns, in its order
 * @param undropped those that the dataset which is continued has unmarked, as all had before Data Designer 0.9.1
 * @throws RowsmithError config_invalid when a seed column has the name of a column
 */
export function compileConfig(
  config: Config,
  seedColumns: readonly string[] = [],
  undropped: ReadonlySet<string> = new Set(),
): Config {
  const columns = [...config.columns]
  for (const name of seedColumns) {
    const existing = columns.find((column) => column.name === name)
    if (existing?.column_type === 'seed-dataset') continue
    if (existing !== undefined) {
      const place = sourceOf(config).name
      throw new RowsmithError(
        'config_invalid',
        `${place}: the seed dataset has a column "${name}", and so has the config`,
        { nextStep: 'Rename the column in the config.', facts: { column: name } },
      )
    }
    const drop = isDropped(config.processors, name) && !undropped.has(name)
    columns.push({ ...unmarked, name, drop, column_type: 'seed-dataset' })
  }
  const rooted = columns.some(({ column_type: type }) => type === 'sampler' || type === 'seed-dataset')
  if (!rooted && config.seed_config === null) columns.unshift(rowIdColumn)
  return rememberSource({ ...config, columns }, sourceOf(config))
}

const unmarked = { drop: false, allow_resize: false, skip: null, propagate_skip: true }

const rowIdColumn: ColumnConfig = {
  ...unmarked,
  name: internalRowId,
  drop: true,
  column_type: 'sampler',
  sampler_type: 'uuid',
  params: { prefix: null, short_form: false, uppercase: false, sampler_type: 'uuid' },
  conditional_params: {},
  convert_to: null,
}
