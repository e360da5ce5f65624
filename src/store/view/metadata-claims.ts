/**
 * Where the files of a dataset that another tool made are not what its metadata.json says.
 *
 * Such a directory has no commits: nothing but this file says how much there should be. Rules:
 *   1. A file that metadata.json lists was there. After an after-generation stage the list may be of files before it.
 *   2. The number of rows is that of its statistics, which are written last; else `actual_num_records`, which is not written again
 *      while row groups are added, or after a stage. So more rows are reported only where no file was added.
 *   3. All row groups have columns of the same names; their types may differ, as pandas infers them.
 *   4. Of more files than are looked at, names alone are.
 *
 * For example: `parquet-files: hold 21 rows in all, and metadata.json says 25`.
 */
import { basename } from 'node:path'
import type { SchemaTree } from 'hyparquet'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { looksLikeBatch } from '../files/layout.ts'
import { mapWithLimit } from '../files/map-with-limit.ts'
import { readFooter } from '../publishing/footer.ts'
import type { Lacking } from './lacks.ts'

const folder = 'parquet-files'
const filesMax = 500

interface Footer {
  readonly path: string
  readonly rows: number
  readonly names: readonly string[]
}

/** A path alone where the file is not whole. */
export type FileFooter = Footer | { readonly path: string }

/** What the footers of its data files say, in the order of their names. @throws RowsmithError io_error */
export async function footersIn(directory: DatasetDirectory): Promise<readonly FileFooter[]> {
  return mapWithLimit(await dataFiles(directory), (path) => footerOf(directory, path))
}

async function dataFiles(directory: DatasetDirectory): Promise<string[]> {
  const names = await directory.list(directory.file(folder))
  return names
    .filter(looksLikeBatch)
    .sort()
    .map((name) => `${folder}/${name}`)
}

/**
 * @param metadata everything in the file
 * @param readFooters gives those of the data files; called only where there are few
 * @throws RowsmithError io_error
 */
export async function unlikeMetadata(
  directory: DatasetDirectory,
  metadata: ValueObject,
  readFooters: () => Promise<readonly FileFooter[]>,
): Promise<readonly Lacking[]> {
  const state = metadata.post_generation_state
  if (state === 'started') return []
  const isStaged = state === 'complete' || metadata.post_generation_processed === true
  const { listed, ofProcessors } = filesIn(metadata.file_paths)
  const there = await dataFiles(directory)
  const lacking: Lacking[] = []
  if (!isStaged)
    for (const path of await missingOf(directory, [...listed, ...ofProcessors]))
      lacking.push({ path, what: 'missing, although metadata.json lists it' })
  if (there.length > filesMax) return lacking
  const footers = await readFooters()
  const whole = footers.filter((footer) => 'rows' in footer)
  for (const { path } of footers.filter((footer) => !('rows' in footer)))
    lacking.push({ path, what: 'cannot be read as Parquet' })
  lacking.push(...withOtherColumns(whole))
  const isGrown = there.some((path) => !listed.includes(path))
  const rows = whole.reduce((sum, footer) => sum + footer.rows, 0)
  const due = rowsIn(metadata, isStaged)
  if (due !== undefined && (rows < due.rows || (rows > due.rows && (due.isLast || !isGrown)))) {
    lacking.push({ path: folder, what: `hold ${rows} rows in all, and metadata.json says ${due.rows}` })
  } else lacking.push(...(await ofOtherLength(directory, ofProcessors, whole)))
  return lacking
}

function filesIn(paths: Value | undefined): { readonly listed: string[]; readonly ofProcessors: string[] } {
  const texts = (value: Value | undefined): string[] =>
    Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
  if (!isValueObject(paths)) return { listed: [], ofProcessors: [] }
  const { 'processor-files': byProcessor } = paths
  const ofProcessors = isValueObject(byProcessor) ? Object.values(byProcessor).flatMap(texts) : []
  const inside = (path: string): boolean => !path.startsWith('/') && !path.split('/').includes('..')
  return { listed: texts(paths[folder]).filter(inside), ofProcessors: ofProcessors.filter(inside) }
}

async function missingOf(directory: DatasetDirectory, paths: readonly string[]): Promise<readonly string[]> {
  const found = await mapWithLimit(paths, async (path) => (await directory.stat(directory.file(path)))?.kind)
  return paths.filter((_, index) => found[index] === undefined)
}

async function footerOf(directory: DatasetDirectory, path: string): Promise<FileFooter> {
  const file = directory.file(path)
  const entry = await directory.stat(file)
  const footer = entry?.kind === 'file' ? await readFooter(directory.disk, file, entry.size) : undefined
  if (footer === undefined) return { path }
  return { path, rows: footer.rows, names: footer.fields.map((field: SchemaTree) => field.element.name) }
}

/** Rule 3. */
function withOtherColumns([first, ...others]: readonly Footer[]): Lacking[] {
  if (first === undefined) return []
  return others.flatMap(({ path, names }) => {
    const missing = first.names.filter((name) => !names.includes(name))
    const extra = names.filter((name) => !first.names.includes(name))
    if (missing.length + extra.length === 0) return []
    const what = [
      ...(missing.length === 0 ? [] : [`lacks the columns ${JSON.stringify(missing)}`]),
      ...(extra.length === 0 ? [] : [`has other columns, ${JSON.stringify(extra)}`]),
    ]
    return [{ path, what: `${what.join(', and ')}: it is unlike ${first.path}` }]
  })
}

/** Rule 2; undefined where the file does not say it. */
function rowsIn(
  { column_statistics: statistics, actual_num_records: actual }: ValueObject,
  isStaged: boolean,
): { readonly rows: number; readonly isLast: boolean } | undefined {
  const [first] = Array.isArray(statistics) ? statistics : []
  if (isValueObject(first) && typeof first.num_records === 'bigint')
    return { rows: Number(first.num_records), isLast: true }
  return typeof actual === 'bigint' && !isStaged ? { rows: Number(actual), isLast: false } : undefined
}

/** Files of processors have a row for each of their row group. */
async function ofOtherLength(
  directory: DatasetDirectory,
  paths: readonly string[],
  groups: readonly Footer[],
): Promise<Lacking[]> {
  const rows = new Map(groups.map((group) => [basename(group.path), group.rows]))
  const footers = await mapWithLimit(paths, (path) => footerOf(directory, path))
  return footers.flatMap((footer) => {
    const due = rows.get(basename(footer.path))
    if (!('rows' in footer) || due === undefined || footer.rows === due) return []
    return [{ path: footer.path, what: `holds ${footer.rows} rows, and its row group ${due}` }]
  })
}
