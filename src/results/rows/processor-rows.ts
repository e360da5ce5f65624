/**
 * Rows of a processor's own files: `processors-files/<name>/`.
 *
 * Rules:
 *   1. A file counts when the main file of its row group is there: anything else was left by a process that was killed,
 *      and is written again.
 *   2. A file that is missing although its row group is there is an error: the rest would pass for the whole.
 */

import { basename } from 'node:path'
import { errorCodes } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Disk } from '../../disk/disk.ts'
import { parseGroupFileName, processorFolder, rawPath } from '../../store/files/layout.ts'
import type { Row } from '../../store/parquet/parquet-rows.ts'
import { CheckedFiles } from '../../store/reading/checked-files.ts'
import { DatasetView } from '../../store/view/dataset-view.ts'
import { configuredNames } from './configured-names.ts'
import { publishedFiles, requireReadable } from './dataset-results.ts'

/**
 * Every row that the processor made of a published row, in row order.
 *
 * @throws RowsmithError dataset_not_found, unknown_processor, sidecar_missing, file_damaged, io_error
 */
export async function* processorRows(
  disk: Disk,
  directory: string,
  name: string,
): AsyncGenerator<Row, void, undefined> {
  const view = DatasetView.at(disk, directory)
  const checked = new CheckedFiles(view)
  for (const path of await processorFiles(view, name)) yield* await checked.rows(path)
}

/** The files of its rows, in row order. @throws RowsmithError as `processorRows` */
export async function processorFiles(view: DatasetView, name: string): Promise<string[]> {
  await requireReadable(view)
  const { directory } = view
  // Where a stage makes the dataset, what a schema_transform made lies next to the raw rows it was made of.
  const run = await view.run()
  const postProcessed = run.kind === 'read' && run.contents.raw_folder !== 'parquet-files'
  const transforms = await configuredNames(view, 'schema_transform')
  const isRaw = postProcessed && transforms.includes(name)
  if (postProcessed && !isRaw) return tableFiles(view, name, transforms)
  const main = await publishedFiles(view, isRaw)
  const processors = rawPath(isRaw ? '.rowsmith/generated' : 'parquet-files', 'processors-files')
  const folders = await directory.files.list(processors)
  requireKnown(name, [...transforms, ...folders])
  const folder = `${processors}/${name}`
  const present = new Set(await directory.files.list(folder))
  const wanted = main.map((path) => basename(path))
  const missing = wanted.filter((file) => !present.has(file))
  if (missing.length > 0) {
    throw new RowsmithError(
      'sidecar_missing',
      `processors-files/${name} lacks ${missing.length} of ${wanted.length} files: ${missing.slice(0, 3).join(', ')}.`,
      { facts: { processor: name, missing }, nextStep: errorCodes.sidecar_missing.nextStep },
    )
  }
  return wanted.map((file) => directory.files.place(`${folder}/${file}`))
}

/** A further table that a stage made. */
async function tableFiles(view: DatasetView, name: string, transforms: readonly string[]): Promise<string[]> {
  const { directory } = view
  const folders = await directory.files.list('processors-files')
  requireKnown(name, [...transforms, ...folders])
  const folder = processorFolder(name)
  const files = await directory.files.list(folder)
  return files
    .map((file) => ({ file, number: parseGroupFileName(file) }))
    .filter((each): each is { file: string; number: number } => each.number !== undefined)
    .sort((a, b) => a.number - b.number)
    .map(({ file }) => directory.files.place(`${folder}/${file}`))
}

/** @throws RowsmithError unknown_processor */
function requireKnown(name: string, names: readonly string[]): void {
  const known = [...new Set(names)]
  if (known.includes(name)) return
  const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`
  throw new RowsmithError('unknown_processor', `The dataset has no files of a processor "${name}"; ${has}.`, {
    facts: { processor: name, processors: known },
  })
}
