/**
 * The saves of a session, and the file that remembers them.
 *
 * Rules:
 *   1. A save is written down before its first request is sent: a session that is killed knows what it was at, and what the dataset had
 *      cost before.
 *   2. What a save cost is what its dataset has cost since. So answers that came in before a kill are counted, once.
 */
import { join } from 'node:path'
import type { RowsmithError } from '../base/errors/errors.ts'
import type { Disk } from '../disk/disk.ts'
import { previewsFolder } from '../run/prepare/preview-place.ts'
import type { Summary } from '../run/report/summary.ts'
import { replaceFile } from '../store/files/atomic-file.ts'
import { createDatasetDirectory } from '../store/files/directories.ts'
import type { Change, ComparedConfig } from './changes.ts'

/** An error as it is shown. */
export interface ShownError {
  readonly code: string
  readonly message: string
  readonly next: string
}

export interface Save {
  /** From 1. */
  readonly n: number
  readonly at: string
  /** Of its rows: two saves with the same have the same rows. */
  readonly identity: string
  /** Its small dataset, as the working directory has it. */
  readonly dataset: string
  readonly rows: number
  readonly compared: ComparedConfig
  /** Against the save before. */
  readonly changes: readonly Change[]
  readonly removed: readonly string[]
  /** The earlier save that it went back to; null when it is new. */
  readonly sameAs: number | null
  /** `stopped`: by a newer save, or the end of the session. */
  readonly state: 'requesting' | 'complete' | 'stopped' | 'failed'
  readonly error: ShownError | null
  /** What the dataset had cost before this save. */
  readonly costBefore: number
  /** Null without prices. */
  readonly cost: number | null
  readonly sent: number
  readonly reused: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly ms: number
  readonly failures: Summary['failures']
  /** Model columns: answers that were requested for this save, and those that were there. */
  readonly columns: readonly { readonly column: string; readonly requested: number; readonly there: number }[]
}

export interface Session {
  readonly version: 1
  /** Absolute. */
  readonly config: string
  /** Whether it was ended, rather than killed: the next session then spends from nothing. */
  readonly ended: boolean
  /** The first save whose cost counts. */
  readonly since: number
  readonly saves: readonly Save[]
}

/** Older ones are forgotten; their datasets stay. */
const savesMax = 50

export class SessionFile {
  readonly #disk: Disk
  readonly #folder: string
  readonly #path: string
  #isMade = false
  #writing: Promise<void> = Promise.resolve()

  constructor(disk: Disk, artifactPath: string, datasetName: string) {
    this.#disk = disk
    this.#folder = join(previewsFolder(artifactPath), `dev-${datasetName}`)
    this.#path = join(this.#folder, 'session.json')
  }

  /** Undefined where there is none of this config, or it cannot be read: it holds nothing that was paid for. */
  async read(config: string): Promise<Session | undefined> {
    try {
      const text = new TextDecoder().decode(await this.#disk.readFile(this.#path))
      const found = JSON.parse(text) as Session
      return found.version === 1 && found.config === config ? found : undefined
    } catch {
      return undefined
    }
  }

  /** One after another; the last counts. */
  write(session: Session): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#replace(session))
    return this.#writing
  }

  async #replace({ saves, ...session }: Session): Promise<void> {
    if (!this.#isMade) await createDatasetDirectory(this.#disk, this.#folder)
    this.#isMade = true
    const text = JSON.stringify({ ...session, saves: saves.slice(-savesMax) }, (_name, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    )
    await replaceFile(this.#disk, this.#path, `${text}\n`, { pid: process.pid, nonce: 'dev' })
  }
}

/** What a save amounted to. */
export function endedSave(save: Save, ended: Summary | RowsmithError): Save {
  const isError = ended instanceof Error
  // Only a run puts a summary there, and `errors.ts` lies below where its type is known.
  const summary = isError ? (ended.summary as Summary | undefined) : ended
  const state = isError ? (ended.code === 'aborted' ? 'stopped' : 'failed') : 'complete'
  const error = state === 'failed' && isError ? shownError(ended) : null
  if (summary === undefined) return { ...save, state, error }
  const { this_run: run, total } = summary
  return {
    ...save,
    state,
    error,
    cost: total.cost === null ? null : Math.max(0, total.cost - save.costBefore),
    sent: save.sent + run.requests_sent,
    reused: run.replies_reused + run.replies_replayed,
    inputTokens: save.inputTokens + run.usage.input_tokens,
    outputTokens: save.outputTokens + run.usage.output_tokens,
    failures: summary.failures,
    columns: run.columns.map(({ column, replayed, reused, ...more }) => ({
      column,
      requested: more.bought + (save.columns.find((each) => each.column === column)?.requested ?? 0),
      there: replayed + reused,
    })),
  }
}

export function shownError({ code, message, nextStep }: RowsmithError): ShownError {
  return { code, message, next: nextStep }
}
