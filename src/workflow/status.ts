/** How far a workflow is, from its record and the datasets of its stages; needs no lock. */
import { join } from 'node:path'
import { RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { wrapDiskError } from '../disk/storage-error.ts'
import { type DatasetStatus, readStatus } from '../results/status/status.ts'
import { recordPath } from './places.ts'
import { readRecord, type StepStatus } from './record.ts'

/** What `rowsmith status --json` prints of a workflow. */
export interface WorkflowStatus {
  readonly workflow_path: string
  readonly name: string
  readonly stages: readonly {
    readonly name: string
    /** `stopped` also where a process died. */
    readonly status: StepStatus
    /** Rows that it gives to the next stage; null until they are known. */
    readonly output_rows: number | null
    /** The code of the error that stopped it last. */
    readonly error: string | null
    /** Null as long as it has no dataset. */
    readonly dataset: DatasetStatus | null
  }[]
}

/** Whether a folder is one of a workflow. @throws RowsmithError io_error */
export async function isWorkflowFolder(disk: Disk, folder: string): Promise<boolean> {
  return (await wrapDiskError('read', folder, () => disk.stat(recordPath(folder)))) !== undefined
}

/** @throws RowsmithError dataset_not_found when it is no workflow's folder; workflow_record_damaged; as `readStatus` */
export async function readWorkflowStatus(disk: Disk, folder: string): Promise<WorkflowStatus> {
  const record = await readRecord(disk, folder)
  if (record === null) {
    throw new RowsmithError('dataset_not_found', `${folder} is no folder of a workflow`, {
      facts: { path: folder },
    })
  }
  const steps: WorkflowStatus['stages'][number][] = []
  for (const { name, status, directory, output_rows, error } of record.stages) {
    const dataset = directory === null ? null : await statusOf(disk, join(folder, directory))
    const died = status === 'running' && dataset?.writer == null
    steps.push({ name, status: died ? 'stopped' : status, output_rows, error, dataset })
  }
  return { workflow_path: folder, name: record.name, stages: steps }
}

/** A stage that stopped before it wrote anything has no dataset. */
async function statusOf(disk: Disk, directory: string): Promise<DatasetStatus | null> {
  try {
    return await readStatus(disk, directory)
  } catch (error) {
    if (RowsmithError.isInstance(error) && error.code === 'dataset_not_found') return null
    throw error
  }
}
