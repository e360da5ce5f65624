/**
 * `workflow-metadata.json`: which dataset each stage has now, and how far the workflow is.
 *
 * Rules:
 *   1. It is a summary. What a stage is, and how far it got, its dataset says: without the record the workflow goes on all the
 *      same. Only which run of a stage is meant (`rerun_from`) stands here before it is on the disk elsewhere.
 *   2. It is replaced whole, before and after each stage. A stage that is not touched keeps what is said of it.
 *   3. Directories are names below the folder, so that the folder can be moved.
 *   4. A record that cannot be read is refused with a code of its own, in every mode.
 */
import { RowsmithError } from '../base/errors/errors.ts'
import { formatJson } from '../base/values/json.ts'
import { toValue, type ValueObject } from '../base/values/value.ts'
import type { Disk } from '../disk/disk.ts'
import { type FileOwner, replaceFile } from '../store/files/atomic-file.ts'
import { Fields, readJsonFile } from '../store/files/read-file.ts'
import { recordPath } from './places.ts'

const statuses = [
  /** Not started, or to be started again. */
  'pending',
  'running',
  /** Stopped on request; goes on. */
  'stopped',
  /** Stopped by an error; goes on once that is fixed. */
  'failed',
  'completed',
  /** Complete, and no row is left for the next stage. */
  'completed_empty',
  'skipped_empty_upstream',
  /** Its output was given, so it was not run. */
  'output_given',
] as const

export type StepStatus = (typeof statuses)[number]

export interface StepRecord {
  readonly name: string
  readonly status: StepStatus
  /** Its dataset, a name below the workflow's folder; null before it has one. */
  readonly directory: string | null
  /** The folder it was born with, which its datasets are named after, whatever it is called and wherever it stands by now. */
  readonly born: string
  /** How often it was started again on request, from 1. */
  readonly run: number
  /** Rows that it gives to the next stage; null until they are known. */
  readonly output_rows: number | null
  /** The code of the error that stopped it last. */
  readonly error: string | null
}

export interface WorkflowRecord {
  readonly name: string
  /** The stage from which a run again is under way. */
  readonly rerun_from: string | null
  readonly stages: readonly StepRecord[]
}

const NAME = 'workflow-metadata.json'
const CODE = 'workflow_record_damaged'

/** @returns null when there is none. @throws RowsmithError workflow_record_damaged, format_unsupported, io_error */
export async function readRecord(disk: Disk, folder: string): Promise<WorkflowRecord | null> {
  const path = recordPath(folder)
  const found = await readJsonFile(disk, path, NAME, CODE, parse)
  if (found.kind === 'absent') return null
  if (found.kind === 'read') return found.contents
  throw new RowsmithError(found.defect.code, `${folder}: ${found.defect.message}`, { facts: { path } })
}

/** @throws RowsmithError of class storage */
export async function writeRecord(
  disk: Disk,
  folder: string,
  record: WorkflowRecord,
  writer: FileOwner,
): Promise<void> {
  const text = formatJson(toValue({ format: 1, ...record }), { indent: 2 })
  await replaceFile(disk, recordPath(folder), text, writer)
}

function parse(contents: ValueObject): WorkflowRecord {
  const fields = new Fields(contents, NAME, CODE)
  const format = fields.count('format', 1)
  if (format > 1) {
    throw new RowsmithError(
      'format_unsupported',
      `${NAME} has the format ${format}, and this version knows 1`,
    )
  }
  return {
    name: fields.string('name'),
    rerun_from: fields.stringOrNull('rerun_from'),
    stages: fields.objects('stages').map(parseStep),
  }
}

function parseStep(fields: Fields): StepRecord {
  const directory = fields.stringOrNull('directory')
  const born = fields.names().includes('born') ? fields.string('born') : ''
  if (born !== '' && !isPlain(born)) return fields.wrong('born', 'a plain folder name')
  if (directory !== null && !isPlain(directory)) return fields.wrong('directory', 'a plain folder name')
  return {
    name: fields.string('name'),
    status: fields.oneOf('status', statuses),
    directory,
    born,
    run: fields.count('run', 1),
    output_rows: fields.any('output_rows') === null ? null : fields.count('output_rows'),
    error: fields.stringOrNull('error'),
  }
}

/** A name, and no path that leads elsewhere. */
function isPlain(directory: string): boolean {
  return directory !== '' && directory !== '.' && directory !== '..' && !/[/\\\0]/.test(directory)
}
