import { objectsIn, type ValueObject } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { contentsOf } from '../../store/files/read-file.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { requireReadable } from '../rows/dataset-results.ts'
import { columnStatistics } from './column-statistics.ts'

/**
 * The statistics of a dataset, one object per column: `column_statistics` of its metadata.json, which every run stores at its end; where
 * there are none, they are counted now.
 *
 * @returns null when there are no rows yet
 * @throws RowsmithError dataset_not_found, metadata_corrupt; when they are counted duckdb_missing, file_damaged, io_error
 */
export async function readAnalysis(disk: Disk, directory: string): Promise<readonly ValueObject[] | null> {
  const view = DatasetView.at(disk, directory)
  await requireReadable(view)
  const statistics = objectsIn(contentsOf(await view.storedMetadata())?.column_statistics)
  if (statistics.length > 0) return statistics
  const counted = await columnStatistics(disk, directory)
  return counted.length === 0 ? null : counted
}
