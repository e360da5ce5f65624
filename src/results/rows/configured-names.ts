import { isValueObject, type Value } from '../../base/values/value.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'

/**
 * Names in the order of the stored config, no matter which tool wrote it, columns of a seed first as in files; none when it cannot be read.
 *
 * @throws RowsmithError io_error
 */
export async function configuredNames(
  view: DatasetView,
  of: 'columns' | 'schema_transform',
): Promise<readonly string[]> {
  const config = await view.savedConfig()
  if (of === 'columns') {
    const { columns } = config
    const ofSeed = namesIn(columns, (item) => item.column_type === 'seed-dataset')
    return [...new Set([...ofSeed, ...namesIn(columns)])]
  }
  return namesIn(config.processors, (item) => item.processor_type === of)
}

function namesIn(
  list: Value | undefined,
  wanted: (item: { readonly [key: string]: Value }) => boolean = () => true,
): readonly string[] {
  if (!Array.isArray(list)) return []
  const names = list.flatMap((item: Value) =>
    isValueObject(item) && typeof item.name === 'string' && wanted(item) ? [item.name] : [],
  )
  return [...new Set(names)]
}
