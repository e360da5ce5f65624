/**
 * Row groups that another tool made: what their files look like, and how they become part of a dataset of Rowsmith.
 *
 * Owns: the reading of such files. Never: changes a byte of one.
 * Rules:
 *   A1. New files follow them: columns in the order of the lowest row group, with its types; where it had no values, with
 *       those of the next one that has. What no file says is as the config says. This is settled once, and recorded.
 *   A4. A column of nothing but nulls has whatever type a tool falls back on (pandas: numbers). It is no type where the config's values
 *       could not be said in it.
 *   A2. While the run goes on, every such file is read through, one at a time, off the event loop, and gets a commit like
 *       any other: size, SHA-256, sidecar files. Until then its footer is believed.
 *   A3. A file that is not whole goes to the quarantine, and its row group is made again. One that the disk cannot read
 *       stops the run: nothing is stored to make it from for free, and the failure may pass.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { conform, type FoundType } from '../../base/values/column-type.ts'
import { unconvertible } from '../../base/values/stored-values.ts'
import type { Column } from '../../columns/column/column.ts'
import { groupOf, type PlanRange, type RowGroup } from '../../plan/row-groups.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import type { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { groupFileName, parseGroupFileName, type RawFolder, rawPath } from '../../store/files/layout.ts'
import type { NamedFiles } from '../../store/files/named-files.ts'
import { type Commit, type CommittedFile, mainFileOf } from '../../store/logs/commits.ts'
import type { Encodes } from '../../store/parquet/encoder.ts'
import {
  completed,
  type FileSchema,
  type FoundColumn,
  followedType,
  foundColumns,
  isPartial,
} from '../../store/parquet/file-schema.ts'
import { readFooter } from '../../store/publishing/footer.ts'
import { quarantine } from '../../store/publishing/roll-forward.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import type { RunEvent } from '../report/events.ts'

const mainFolder = 'parquet-files'
const droppedFolder = 'dropped-columns-parquet-files'

/**
 * What new files have to follow in a directory that another tool began (rule A1).
 *
 * @param columns those of the config
 * @throws RowsmithError foreign_batch_files when the row groups have other columns than the config makes
 */
export async function fileSchemaOf(
  directory: DatasetDirectory,
  columns: readonly Column[],
): Promise<FileSchema> {
  const schema: Record<string, readonly FoundColumn[]> = {}
  for (const folder of [mainFolder, droppedFolder, ...(await processorFolders(directory))]) {
    const found = await folderSchema(directory, folder, columns)
    if (found !== undefined) schema[folder] = found
  }
  const main = schema[mainFolder]
  if (main !== undefined)
    requireColumns(
      main.map(({ name }) => name),
      columns,
      mainFolder,
    )
  return schema
}

/** The columns, with the types that files have which they have to follow. */
export function followFiles(
  columns: readonly Column[],
  { file_schema: schema, stored_types: stored = [] }: Pick<RunFile, 'file_schema' | 'stored_types'>,
): readonly Column[] {
  const storedTypes = typesOf(stored)
  const foundTypes = foundIn(schema)
  return columns.map((column) => {
    const { name, type: own, extras } = column
    const found = foundTypes.get(name)
    const followed =
      found === undefined
        ? storedTypes.get(name)
        : completed(found, schema === null ? found : (column.stored ?? { kind: 'none' }))
    if (followed === undefined) return column
    const type = found === undefined ? own : followedType(found, own)
    return { ...column, type, following: { followed, own, ...(extras === undefined ? {} : { extras }) } }
  })
}

/**
 * The columns whose files are of another type than the columns are, in a dataset that begins.
 *
 * @param ownTypes only those that have to be: for a dataset that no other tool goes on with, whose conditions are written for the types of
 *   the columns
 */
export function storedTypesOf(columns: readonly Column[], ownTypes: boolean): FoundColumn[] {
  return columns.flatMap(({ name, type, stored, skip }) => {
    const isNeeded = !ownTypes || (skip !== undefined && conform(type, skip.value) === undefined)
    return stored !== undefined && isNeeded ? [{ name, type: stored }] : []
  })
}

/**
 * Refuses what would be paid for and could not be written: columns whose values can never be said in the types of files that are there.
 *
 * @throws RowsmithError types_differ
 */
export function requireConvertible(columns: readonly Column[], schema: FileSchema): void {
  const foundTypes = foundIn(schema)
  for (const { name, type: own } of columns) {
    const found = foundTypes.get(name)
    const misfit = found === undefined ? undefined : unconvertible(found, own)
    if (misfit === undefined) continue
    const place = `"${name}"${misfit.path === '' ? '' : ` (${misfit.path})`}`
    throw new RowsmithError(
      'types_differ',
      `The files that are there hold column ${place} as ${misfit.found}, but this config makes ${misfit.own}: no value could be written next to them`,
      { facts: { column: name, path: misfit.path, found_type: misfit.found, config_type: misfit.own } },
    )
  }
}

function foundIn(schema: FileSchema | null): ReadonlyMap<string, FoundType> {
  return typesOf([...(schema?.[droppedFolder] ?? []), ...(schema?.[mainFolder] ?? [])])
}

function typesOf(columns: readonly FoundColumn[]): ReadonlyMap<string, FoundType> {
  return new Map(columns.map(({ name, type }) => [name, type]))
}

/** Names in the order of files: of those that are followed first, then as the config has them. */
export function fileOrder(columns: readonly Column[], schema: FileSchema | null): readonly string[] {
  const names = columns.map(({ name }) => name)
  if (schema === null) return names
  const followed = [...(schema[mainFolder] ?? []), ...(schema[droppedFolder] ?? [])].map(({ name }) => name)
  return [...new Set([...followed.filter((name) => names.includes(name)), ...names])]
}

async function processorFolders(
  directory: DatasetDirectory,
  rawFolder: RawFolder = mainFolder,
): Promise<string[]> {
  const folder = rawPath(rawFolder, 'processors-files')
  const names = await directory.files.list(folder)
  return names.map((name) => `${folder}/${name}`)
}

/** The columns that the files of a folder have; undefined when there is no such folder. @param own those of the config (rule A4) */
export async function folderSchema(
  directory: DatasetDirectory,
  folder: string,
  own: readonly Column[] = [],
): Promise<readonly FoundColumn[] | undefined> {
  const { files } = directory
  const entry = await files.stat(folder)
  if (entry?.kind !== 'directory') return undefined
  const groups = (await files.list(folder))
    .map(parseGroupFileName)
    .filter((group) => group !== undefined)
    .sort((a, b) => a - b)
  let columns: readonly FoundColumn[] | undefined
  for (const group of groups) {
    const fields = await fieldsOf(files, `${folder}/${groupFileName(group)}`, own)
    if (fields === undefined) continue
    columns =
      columns?.map(({ name, type }) => ({
        name,
        type: completed(type, fields.find((field) => field.name === name)?.type ?? { kind: 'none' }),
      })) ?? fields
    if (!columns.some(({ type }) => isPartial(type))) break
  }
  return columns
}

async function fieldsOf(
  files: NamedFiles,
  name: string,
  own: readonly Column[],
): Promise<readonly FoundColumn[] | undefined> {
  const entry = await files.stat(name)
  const footer = entry?.kind === 'file' ? await readFooter(files, name, entry.size) : undefined
  return footer === undefined
    ? undefined
    : foundColumns(footer.fields).map((found) => {
        const column = own.find(({ name }) => name === found.name)
        const settled = column === undefined || !footer.empty.has(found.name)
        const says = settled || unconvertible(found.type, column.type) === undefined
        return says ? found : { name: found.name, type: { kind: 'none' } }
      })
}

/** @throws RowsmithError foreign_batch_files */
function requireColumns(found: readonly string[], columns: readonly Column[], where: string): void {
  const due = columns.filter(({ drop }) => !drop).map(({ name }) => name)
  if (found.length === due.length && due.every((name) => found.includes(name))) return
  throw new RowsmithError(
    'foreign_batch_files',
    `${where} has the columns ${listed(found)}, but this config makes ${listed(due)}.`,
    { facts: { found_columns: found.slice(0, 50), config_columns: due.slice(0, 50) } },
  )
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).map((name) => `"${name}"`)
  return `${shown.join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`
}

export interface ImportParts {
  readonly writer: DatasetWriter
  readonly encoder: Encodes
  /** Called for each that is committed: nothing that was stored of it is needed any more. */
  readonly release: (group: number) => Promise<void>
  readonly rawFolder: RawFolder
  readonly columns: readonly Column[]
  readonly ranges: readonly PlanRange[]
  readonly emit: (event: RunEvent) => void
  /** Leaves the rest to the next process. */
  readonly signal: AbortSignal
}

/**
 * Reads imported row groups through and commits them (rules A2, A3).
 *
 * @param groups their commits to be, lowest first
 * @returns the row groups whose files were not whole: they are to be made again
 * @throws RowsmithError of class storage; foreign_batch_files for a file with other columns than the config makes
 */
export async function importRowGroups(
  parts: ImportParts,
  groups: readonly Commit[],
): Promise<readonly RowGroup[]> {
  const lost: RowGroup[] = []
  for (const commit of groups) {
    if (parts.signal.aborted) break
    if (!(await importRowGroup(parts, commit))) {
      lost.push(groupOf(parts.ranges, commit.group))
    }
  }
  return lost
}

async function importRowGroup(parts: ImportParts, commit: Commit): Promise<boolean> {
  const { writer, rawFolder, emit } = parts
  const { directory } = writer
  const name = groupFileName(commit.group)
  const main = mainFileOf(commit)
  const examined = await examine(parts, main.path)
  if (examined === undefined) return false
  if (examined.table === null) {
    const to = await quarantine(directory, rawFolder, name)
    const message = `${main.path} cannot be read to its end: it is ${to} now, and its row group is made again`
    emit({ type: 'warning', code: 'row_group_damaged', message })
    return false
  }
  requireColumns(examined.table.columns, parts.columns, main.path)
  const sidecars: CommittedFile[] = []
  const dropped = rawPath(rawFolder, droppedFolder)
  for (const folder of [dropped, ...(await processorFolders(directory, rawFolder))]) {
    const path = `${folder}/${name}`
    const found = await examine(parts, path)
    if (found === undefined) continue
    if (found.table === null) {
      emit({ type: 'warning', code: 'companion_damaged', message: `${path} cannot be read to its end` })
      continue
    }
    sidecars.push({ path, role: 'companion', size: found.size, sha256: found.sha256, draft: '' })
  }
  const { epoch: _, ...about } = commit
  await writer.record({
    ...about,
    files: [...sidecars, { ...main, size: examined.size, sha256: examined.sha256 }],
  })
  await parts.release(commit.group)
  return true
}

interface ExaminedFile extends Awaited<ReturnType<Encodes['examine']>> {
  readonly size: number
}

/** @returns undefined when there is no such file. @throws RowsmithError io_error */
async function examine(
  { writer: { directory }, encoder }: ImportParts,
  path: string,
): Promise<ExaminedFile | undefined> {
  const entry = await directory.files.stat(path)
  if (entry?.kind !== 'file') return undefined
  const bytes = await directory.files.readFile(path)
  return { size: bytes.byteLength, ...(await encoder.examine(bytes)) }
}
