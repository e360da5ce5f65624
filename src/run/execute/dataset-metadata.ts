import { present } from '../../base/errors/present.ts'
import { formatJson } from '../../base/values/json.ts'
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { noPostProcessing } from '../../config/identity/identity.ts'
import { groupCount, rowCount } from '../../plan/row-groups.ts'
import type { Metadata } from '../../store/control/metadata.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { groupFileName, processorFile, processorFolder } from '../../store/files/layout.ts'
import type { PostProcessingCommit } from '../../store/logs/post-processing-commits.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import type { Recovered } from '../open/recover.ts'

/** What a dataset has, as far as metadata.json says it. */
export interface Progress {
  /** Numbers of the published row groups, ascending. */
  readonly groups: readonly number[]
  readonly rowsWritten: number
  /** Processors that have files of their own, in config order. */
  readonly processors: readonly string[]
  /** Sidecar files that are missing: relative paths. */
  readonly missing: ReadonlySet<string>
  readonly postProcessing: Recovered['postProcessing']
}

/** What metadata.json is to say of a dataset. */
export function metadataOf(run: RunFile, progress: Progress): Metadata {
  const { last, state } = progress.postProcessing
  if (state === 'none') return rawMetadata(run, progress)
  const file_paths = last === undefined ? { 'parquet-files': [] } : tablePaths(last)
  // Without a processor what a stage leaves are the rows as they were generated, and that need not be reported.
  const marker =
    run.stage_identity === noPostProcessing
      ? {}
      : ({
          post_generation_state: state === 'complete' ? 'complete' : 'started',
          post_generation_processed: state === 'complete',
        } as const)
  const counts =
    state === 'complete'
      ? {
          actual_num_records: last?.rows ?? 0,
          num_completed_batches: file_paths['parquet-files'].length,
          total_num_batches: file_paths['parquet-files'].length,
        }
      : {}
  return { ...rawMetadata(run, progress), ...counts, file_paths, ...marker }
}

/** What a stage left, as metadata.json lists files. */
function tablePaths({ files, outputs }: PostProcessingCommit): Metadata['file_paths'] {
  const under = (folder: string): string[] =>
    files.map(({ path }) => path).filter((path) => path.startsWith(`${folder}/`))
  const main = under('parquet-files')
  if (outputs.length === 0) return { 'parquet-files': main }
  const tables = outputs.map(({ name }): [string, string[]] => [name, under(processorFolder(name))])
  return { 'parquet-files': main, 'processor-files': Object.fromEntries(tables) }
}

function rawMetadata(run: RunFile, progress: Progress): Metadata {
  const first = present(run.segments[0], 'ranges of the plan')
  const { config_hash, config_hash_algo, config_hash_version } = run
  return {
    ...(run.older_python_hash === undefined ? { config_hash, config_hash_algo, config_hash_version } : {}),
    preserve_dropped_columns: run.preserve_dropped_columns,
    buffer_size: first.buffer_size,
    target_num_records: rowCount(run.segments),
    original_target_num_records: first.rows,
    actual_num_records: progress.rowsWritten,
    num_completed_batches: progress.groups.length,
    total_num_batches: groupCount(run.segments),
    dataset_name: run.dataset_name,
    file_paths: filePaths(progress),
  }
}

function filePaths({ groups, processors, missing }: Progress): Metadata['file_paths'] {
  const files = groups.map((group) => `parquet-files/${groupFileName(group)}`)
  if (processors.length === 0) return { 'parquet-files': files }
  const ofProcessors = processors.map((name): [string, string[]] => [
    name,
    groups.map((group) => processorFile(name, group)).filter((path) => !missing.has(path)),
  ])
  return { 'parquet-files': files, 'processor-files': Object.fromEntries(ofProcessors) }
}

/**
 * What is wrong with metadata.json, in words; `leftover` for one that is only behind, since it is written now and then.
 *
 * @param progress what the row groups amount to; of several any will do
 * @param started whether a process came further than writing it
 * @throws RowsmithError io_error
 */
export async function metadataDefect(
  view: DatasetView,
  run: RunFile,
  progress: readonly Progress[],
  started: boolean,
): Promise<{ readonly severity: 'damaged' | 'missing' | 'leftover'; readonly what: string } | undefined> {
  const typed = await view.metadata()
  const found = await view.storedMetadata()
  if (typed.kind === 'absent' || found.kind === 'absent') {
    return started ? { severity: 'missing', what: 'missing' } : undefined
  }
  if (typed.kind === 'defect') return { severity: 'damaged', what: typed.defect.message }
  if (found.kind === 'defect') return { severity: 'damaged', what: found.defect.message }
  // Another tool raised the target, and counts what it made: our plan follows with the next run.
  if (typed.contents.target_num_records > rowCount(run.segments)) return undefined
  const wrong = progress.map((each) => {
    const due = toValue(metadataOf(run, each)) as ValueObject
    const differs = (key: string): boolean =>
      formatJson(found.contents[key] ?? null, sorted) !== formatJson(due[key] ?? null, sorted)
    const keys = Object.keys(due).filter(differs)
    return { keys, behind: keys.every((key) => lags(found.contents[key], due[key] ?? null)) }
  })
  if (wrong.some(({ keys }) => keys.length === 0)) return undefined
  const behind = wrong.find((each) => each.behind)
  const { keys } = behind ?? wrong[0] ?? { keys: [] }
  const what = `is ${behind ? 'behind' : 'not what'} run.json and the row groups${behind ? '' : ' say'}: ${keys.join(', ')}`
  return { severity: behind ? 'leftover' : 'damaged', what }
}

const sorted = { sortKeys: true }

/** Whether a value is one that the file had earlier: it is written now and then, and may be behind. */
function lags(found: Value | undefined, due: Value): boolean {
  if (typeof found === 'bigint' && typeof due === 'bigint') return found < due
  if (Array.isArray(found) && Array.isArray(due)) {
    return found.length <= due.length && found.every((item) => due.includes(item))
  }
  if (found !== undefined && isValueObject(found) && isValueObject(due)) {
    const keys = Object.keys(found)
    return keys.length === Object.keys(due).length && keys.every((key) => lags(found[key], due[key] ?? null))
  }
  return false
}

/** Names of processors that have files of their own, in config order, by the word of run.json. */
export function processorNames(run: RunFile): string[] {
  const { document } = run.rows_identity
  const config = isValueObject(document) ? document.config : undefined
  const list = config !== undefined && isValueObject(config) ? config.processors : undefined
  if (!Array.isArray(list)) return []
  return list.flatMap((item) =>
    isValueObject(item) && item.processor_type === 'schema_transform' ? [String(item.name)] : [],
  )
}
