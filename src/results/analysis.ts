import { isValueObject, type ValueObject } from '../base/value.ts'
import type { Disk } from '../disk/disk.ts'
import { datasetLayout } from '../store/layout.ts'
import { contentsOf, readJsonFile } from '../store/read-file.ts'
import { requireDataset } from './dataset-results.ts'

/**
 * The statistics that were stored with a dataset: `column_statistics` of its metadata.json, one object per column.
 *
 * @returns null when there are none
 * @throws RowsmithError dataset_not_found, metadata_corrupt
 */
export async function readAnalysis(disk: Disk, directory: string): Promise<readonly ValueObject[] | null> {
  await requireDataset(disk, directory)
  const { metadata } = datasetLayout(directory)
  const statistics = contentsOf(
    await readJsonFile(disk, metadata, 'metadata.json', 'metadata_corrupt', (fields) => {
      const stored = fields.column_statistics
      return Array.isArray(stored) ? stored.filter(isValueObject) : []
    }),
  )
  return statistics === undefined || statistics.length === 0 ? null : statistics
}
