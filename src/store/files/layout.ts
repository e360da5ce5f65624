/**
 * Where everything of a dataset lies. Paths only: nothing here touches the disk.
 */
import { join } from 'node:path'

/** Every path of a dataset directory. Functions give the path of one of many. */
export interface DatasetLayout {
  readonly directory: string
  readonly metadata: string
  readonly builderConfig: string
  readonly parquetFiles: string
  readonly droppedColumns: string
  readonly processors: string
  readonly images: string
  /** Our own folder; Data Designer ignores it. */
  readonly own: string
  readonly run: string
  readonly launch: string
  readonly tools: string
  readonly journal: string
  readonly replies: string
  /** Raw row groups of a config with an after-generation processor. */
  readonly generated: string
  /** Tables of a stage that are on their way, or were replaced. */
  readonly postProcessing: string
  readonly media: string
  readonly drafts: string
  /** Requests of batches that are not over. */
  readonly batches: string
  readonly quarantine: string
  readonly events: string
  lock(number: number): string
  commits(epoch: number): string
  /** A path of a commit frame, `parquet-files/batch_00000.parquet`, as a path of this machine. */
  file(relative: string): string
}

export function datasetLayout(directory: string): DatasetLayout {
  const own = join(directory, '.rowsmith')
  return {
    directory,
    metadata: join(directory, 'metadata.json'),
    builderConfig: join(directory, 'builder_config.json'),
    parquetFiles: join(directory, 'parquet-files'),
    droppedColumns: join(directory, 'dropped-columns-parquet-files'),
    processors: join(directory, 'processors-files'),
    images: join(directory, 'images'),
    own,
    run: join(own, 'run.json'),
    launch: join(own, 'launch.json'),
    tools: join(own, 'tools.json'),
    journal: join(own, 'journal'),
    replies: join(own, 'replies'),
    generated: join(own, 'generated'),
    postProcessing: join(own, 'stage'),
    media: join(own, 'media'),
    drafts: join(own, 'drafts'),
    batches: join(own, 'batches'),
    quarantine: join(own, 'quarantine'),
    events: join(own, 'events.jsonl'),
    lock: (number) => join(own, `lock.${number}`),
    commits: (epoch) => join(own, `commits-${epoch}.log`),
    file: (relative) => join(directory, ...relative.split('/')),
  }
}

/** `batch_00000.parquet`; more than 99,999 groups outgrow the padding, so never sort names as text. */
export function groupFileName(group: number): string {
  return `batch_${String(group).padStart(5, '0')}.parquet`
}

/** Where row groups are published, relative to the dataset. */
export type RawFolder = 'parquet-files' | '.rowsmith/generated'

/**
 * Where a file of a row group lies, relative to the dataset.
 *
 * @param path where it lies in a dataset without an after-generation stage; one that lies there whatever the raw folder is,
 *   or that was given by this function, stays as it is
 */
export function rawPath(folder: RawFolder, path: string): string {
  if (folder === 'parquet-files') return path
  if (path.startsWith('parquet-files/')) return path.replace('parquet-files', folder)
  return /^(dropped-columns-parquet-files|processors-files)(\/|$)/.test(path) ? `${folder}/${path}` : path
}

/** Whether a file of a row group holds dropped columns. */
export function holdsDroppedColumns(path: string): boolean {
  return path.includes('dropped-columns-parquet-files/')
}

/** The folder of a processor's files, relative to the dataset. */
export function processorFolder(processor: string): string {
  return `processors-files/${processor}`
}

/** The file of a processor for a group, relative to the dataset. */
export function processorFile(processor: string, group: number): string {
  return `${processorFolder(processor)}/${groupFileName(group)}`
}

/** The number in a group's file name, spelled exactly as `groupFileName` does; undefined for any other name. */
export function parseGroupFileName(name: string): number | undefined {
  const number = numberIn(name, /^batch_(\d+)\.parquet$/)
  return number !== undefined && groupFileName(number) === name ? number : undefined
}

/** Whether a reader that takes `batch_*.parquet` would read this file as data. */
export function looksLikeBatch(name: string): boolean {
  return name.startsWith('batch_') && name.endsWith('.parquet')
}

export function parseLockName(name: string): number | undefined {
  return numberIn(name, /^lock\.(\d+)$/)
}

export function parseCommitsName(name: string): number | undefined {
  return numberIn(name, /^commits-(\d+)\.log$/)
}

/** The epoch of a journal file, `<epoch>-<n>.log`. */
export function parseJournalEpoch(name: string): number | undefined {
  return numberIn(name, /^(\d+)-\d+\.log$/)
}

function numberIn(name: string, pattern: RegExp): number | undefined {
  const digits = pattern.exec(name)?.[1]
  const number = digits === undefined ? undefined : Number(digits)
  return Number.isSafeInteger(number) ? number : undefined
}
