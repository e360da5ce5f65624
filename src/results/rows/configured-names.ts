import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { datasetLayout } from '../../store/files/layout.ts'
import { readJsonFile } from '../../store/files/read-file.ts'

/**
 * Names in the order of the stored config, whoever wrote it, columns of a seed first as in files; none when it cannot be read.
 *
 * @throws RowsmithError io_error
 */
export async function configuredNames(
  disk: Disk,
  directory: string,
  of: 'columns' | 'schema_transform',
): Promise<readonly string[]> {
  const found = await readJsonFile(
    disk,
    datasetLayout(directory).builderConfig,
    'builder_config.json',
    'no_stored_identity',
    ({ data_designer: config }) => (isValueObject(config) ? config : {}),
  )
  if (found.kind !== 'read') return []
  if (of === 'columns') {
    const { columns } = found.contents
    const ofSeed = namesIn(columns, (item) => item.column_type === 'seed-dataset')
    return [...new Set([...ofSeed, ...namesIn(columns)])]
  }
  return namesIn(found.contents.processors, (item) => item.processor_type === of)
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
