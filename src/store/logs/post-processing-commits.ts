/**
 * The record of what an after-generation stage made: one frame per table, among the commits of row groups.
 *
 * From the moment its frame is durable the table counts, and recovery puts it in place. It holds as long as its input does:
 * the raw row groups and the processors that it was made from.
 */

import { sha256 } from '../../base/numbers/hash.ts'
import { canonicalJson, formatJson, parseJson } from '../../base/values/json.ts'
import { toValue, type ValueObject } from '../../base/values/value.ts'
import { noPostProcessing } from '../../config/identity/identity.ts'
import { groupCount } from '../../plan/row-groups.ts'
import type { RunFile } from '../control/run-file.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'
import { Fields } from '../files/read-file.ts'

/** What matters here of a row group's commit. */
interface RawGroup {
  readonly group: number
  readonly files: readonly { readonly role: 'main' | 'companion'; readonly sha256: string }[]
}

export interface PostProcessingCommit {
  readonly epoch: number
  /** What it was made from: see `postProcessingInput`. */
  readonly input: string
  /** The name of its folders in `.rowsmith/stage`, until it is in place. */
  readonly draft: string
  /** Rows of the dataset, and of each further table by name. */
  readonly rows: number
  readonly outputs: readonly PostProcessingOutput[]
  readonly files: readonly PostProcessingFile[]
}

export interface PostProcessingOutput {
  readonly name: string
  readonly rows: number
}

export interface PostProcessingFile {
  /** Final path, relative to the dataset directory, with `/`. */
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** How far the stage of a dataset is: it has none, there is something that it has not seen, or what is there is its work. */
export type PostProcessingState = 'none' | 'pending' | 'complete'

/** The frame of a stage's commit; its epoch is the file's. */
export function postProcessingBody({ epoch: _, ...commit }: PostProcessingCommit): string {
  return formatJson({ kind: 'stage', ...(toValue(commit) as ValueObject) })
}

/** Reads what `postProcessingBody` wrote; undefined for a frame of another kind. @throws RowsmithError journal_damaged */
export function postProcessingIn(
  body: string,
  epoch: number,
  path: string,
): PostProcessingCommit | undefined {
  const record = new Fields(parseJson(body) as ValueObject, path, 'journal_damaged')
  if (record.string('kind') !== 'stage') return undefined
  return {
    epoch,
    input: record.string('input'),
    draft: record.string('draft'),
    rows: record.count('rows'),
    outputs: record
      .objects('outputs')
      .map((each) => ({ name: each.string('name'), rows: each.count('rows') })),
    files: record.objects('files').map((file) => ({
      path: file.string('path'),
      size: file.count('size'),
      sha256: file.string('sha256'),
    })),
  }
}

/**
 * What a stage reads and does, as 64 hex digits: its processors, and the raw row groups byte for byte.
 *
 * @param commits of the published row groups
 * @returns undefined while a row group's checksum is not known
 */
export function postProcessingInput(
  postProcessingIdentity: string,
  commits: Iterable<RawGroup>,
): string | undefined {
  const files: [group: bigint, sha256: string][] = []
  for (const { group, files: ofGroup } of commits) {
    const hash = ofGroup.find(({ role }) => role === 'main')?.sha256
    if (!hash) return undefined
    files.push([BigInt(group), hash])
  }
  files.sort(([a], [b]) => Number(a - b))
  return sha256(canonicalJson({ stage: postProcessingIdentity, files }))
}

/** Whether a dataset's rows are made ready by a stage, or will be. */
export function isPostProcessed(run: Pick<RunFile, 'raw_folder' | 'stage_identity'>): boolean {
  return run.raw_folder !== 'parquet-files' || run.stage_identity !== noPostProcessing
}

/**
 * How far the stage is. Only a dataset all of whose row groups are published can be complete.
 *
 * @param published commits of the published row groups
 * @param last the last commit of a stage, if there is one
 * @throws RowsmithError io_error
 */
export async function postProcessingState(
  directory: DatasetDirectory,
  run: RunFile,
  published: readonly RawGroup[],
  last: PostProcessingCommit | undefined,
): Promise<PostProcessingState> {
  if (!isPostProcessed(run)) return 'none'
  if (last === undefined || published.length < groupCount(run.segments)) return 'pending'
  if (postProcessingInput(run.stage_identity, published) !== last.input) return 'pending'
  return (await isInPlace(directory, last)) ? 'complete' : 'pending'
}

/** Whether every file of a table is where it belongs, with its size. @throws RowsmithError io_error */
async function isInPlace(directory: DatasetDirectory, { files }: PostProcessingCommit): Promise<boolean> {
  for (const { path, size } of files) {
    const file = directory.file(path)
    const found = await directory.stat(file)
    if (found?.kind !== 'file' || found.size !== size) return false
  }
  return true
}
