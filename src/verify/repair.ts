/**
 * Repairs what a check found. The caller holds the lock, and checked under it.
 *
 * Rules:
 *   Z1. Nothing is deleted: whatever is replaced goes to the quarantine, and has its name there before the new file takes
 *       its own. A file is replaced in one step, by one that is whole and durable.
 *   Z2. Killed anywhere, it can be given again: each step leaves a dataset of which another check finds what is left to do.
 *   Z3. Logs come first: what they hold decides about everything else. A damaged log is not cut (J2): it is replaced by one
 *       with all of its whole frames.
 *   Z4. Sends no request. What has to be requested again is left to the next resume.
 */

import { present } from '../base/errors/present.ts'
import { sha256 } from '../base/numbers/hash.ts'
import type { ValueObject } from '../base/values/value.ts'
import type { Clock } from '../base/work/clock.ts'
import { wholeLog } from '../journal/rewrite.ts'
import { metadataOf } from '../run/execute/dataset-metadata.ts'
import { settingsToRemember } from '../run/request/remembered-settings.ts'
import { historyText } from '../store/control/history.ts'
import type { LaunchFile } from '../store/control/launch-file.ts'
import type { RunFile } from '../store/control/run-file.ts'
import type { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { quarantineFile, replaceWhole } from '../store/publishing/replace-whole.ts'
import { rollForward } from '../store/publishing/roll-forward.ts'
import { DatasetView } from '../store/view/dataset-view.ts'
import type { DatasetWriter } from '../store/writing/dataset-store.ts'
import type { Checked } from './checking/check.ts'
import { expectedName, nameIn } from './checking/check-logs.ts'
import { repairPlanFor } from './checking/repair-plan.ts'
import type { GroupFiles } from './found/group-files.ts'
import { type LogFile, readLogFile } from './found/logs.ts'

export interface Repairing {
  readonly writer: DatasetWriter
  readonly clock: Clock
}

export interface Action {
  readonly path: string
  readonly action: string
}

/**
 * @returns what was done; `again` when a log came back whose frames were unknown: then it is checked and repaired once more
 * @throws RowsmithError of class storage
 */
export async function repair(
  repairing: Repairing,
  checked: Checked,
): Promise<{ readonly actions: readonly Action[]; readonly again: boolean }> {
  const work = new Repair(repairing)
  try {
    await work.run(checked)
  } finally {
    await work.close()
  }
  return { actions: work.actions, again: work.again }
}

/**
 * Writes metadata.json again, when it is not as it should be or row groups were repaired.
 *
 * @param checked after everything else was repaired
 * @param repaired whether anything was
 */
export async function repairMetadata(
  { writer }: Repairing,
  { run, progress, problems }: Checked,
  repaired: boolean,
): Promise<readonly Action[]> {
  const wrong = problems.find(({ action }) => action.kind === 'write metadata')
  if (run === null || (wrong === undefined && !repaired)) return []
  const actions: Action[] = []
  if (wrong?.severity === 'damaged') {
    const { directory, epoch } = writer
    const bytes = await directory.files.readFile('metadata.json')
    const quarantined = await replaceWhole(directory, 'metadata.json', bytes, `${epoch}-metadata`)
    actions.push({ path: 'metadata.json', action: `stored as ${quarantined}` })
  }
  await writer.writeMetadata(metadataOf(run, progress))
  return [...actions, { path: 'metadata.json', action: 'written again' }]
}

class Repair {
  readonly actions: Action[] = []
  /** A log was found under the name of a data file: what it says about row groups is not known yet. */
  again = false
  readonly #directory: DatasetDirectory
  readonly #writer: DatasetWriter
  readonly #clock: Clock
  /** Where files are now that were set aside, by where they were: repairing one file moves another's bytes. */
  readonly #moved = new Map<string, string>()
  #drafts = 0

  constructor({ writer, clock }: Repairing) {
    this.#clock = clock
    this.#directory = writer.directory
    this.#writer = writer
  }

  async run(checked: Checked): Promise<void> {
    const { problems, run } = checked
    await this.#writer.syncFormer()
    await this.#repairLogs(checked)
    if (this.again) return
    const repaired = new Set<GroupFiles>()
    for (const { action, path } of problems) {
      if (action.kind === 'repair group' && !repaired.has(action.group)) {
        repaired.add(action.group)
        await this.#repairGroup(action.group, checked)
      } else if (action.kind === 'set aside') {
        await this.#quarantine(action.path)
      } else if (action.kind === 'write builder config') {
        await this.#replace(path, Buffer.from(action.text), 'written again from run.json')
      } else if (action.kind === 'rewrite history') {
        const text = historyText([...action.events, this.#lossOf(action.events.length)])
        await this.#replace(
          path,
          Buffer.from(text),
          `written again with the ${action.events.length} lines that can be read`,
        )
      } else if (action.kind === 'write launch file') {
        await this.#quarantine(path)
        await this.#writer.writeLaunch(noSettings)
        this.actions.push({ path, action: 'written again, without settings' })
      }
    }
    if (run !== null && problems.some(({ action }) => action.kind === 'roll forward'))
      await this.#rollForward(run)
  }

  /** What the story says of its own loss. */
  #lossOf(stored: number): ValueObject {
    const text = `The history was damaged, and repaired: ${stored} lines before this one could be read, others are lost`
    return {
      at: BigInt(Math.round(this.#clock.now())),
      epoch: BigInt(this.#writer.epoch),
      event: 'mended',
      text,
    }
  }

  async close(): Promise<void> {
    await this.#writer.endCommits()
  }

  async #repairLogs({ logs, problems, groups }: Checked): Promise<void> {
    const rewritten = new Set<string>()
    const damaged = [...groups.values()].flatMap((group) =>
      group.kind === 'committed' ? group.files.filter(({ state }) => state === 'damaged') : [],
    )
    const paths = damaged.map(({ file }) => file.path)
    const candidates = await this.#quarantineLogs(logs.files, paths)
    for (const { action } of problems) {
      if (action.kind === 'empty segment') {
        const expected = dueName(action.path)
        await this.#writeLog(action.path, expected, candidates.get(expected))
      } else if (action.kind === 'rewrite log' && !rewritten.has(action.log.path)) {
        rewritten.add(action.log.path)
        const { log } = action
        const expected = expectedName(log)
        const own = log.fileId === undefined || nameIn(log.fileId) === expected ? log : undefined
        const quarantined = candidates.get(expected)
        const from = own === undefined || own.records.length === 0 ? (quarantined ?? own) : own
        await this.#writeLog(log.path, expected, from)
        this.again ||= from !== undefined && paths.includes(from.path)
      }
    }
  }

  /**
   * Logs that lie under another name, by the name they bear: of several the one with most frames.
   *
   * @param others paths of data files that are not what was written: one may be a log that was swapped with it
   */
  async #quarantineLogs(files: readonly LogFile[], others: readonly string[]): Promise<Map<string, LogFile>> {
    const quarantined = new Map<string, LogFile>()
    const names = await this.#directory.files.list('.rowsmith/quarantine')
    const found = files.filter((log) => log.fileId !== undefined && nameIn(log.fileId) !== expectedName(log))
    for (const name of names.filter((name) => name.includes('.log'))) {
      const kind = name.startsWith('commits-') ? 'commits' : 'journal'
      const path = `.rowsmith/quarantine/${name}`
      const log = await readLogFile(this.#directory, { kind, path, name, epoch: 0 })
      if (log?.fileId !== undefined) found.push(log)
    }
    for (const path of others) {
      const log = await readLogFile(this.#directory, { kind: 'journal', path, name: '', epoch: 0 })
      if (log?.fileId !== undefined) found.push(log)
    }
    for (const log of found) {
      const name = nameIn(present(log.fileId, 'file ids'))
      if (log.records.length > (quarantined.get(name)?.records.length ?? 0)) quarantined.set(name, log)
    }
    return quarantined
  }

  async #writeLog(path: string, expected: string, from: LogFile | undefined): Promise<void> {
    const bodies = (from?.records ?? []).map(({ body }) => body)
    const id = path.includes('/journal/') ? `${this.#writer.nonce}/${expected}` : expected
    const origin = from === undefined || from.path === path ? '' : `, as they stand in ${from.path}`
    // Of a process that did not close its logs, that stays known: a segment of it may lack its end.
    const ended = path.includes('/journal/') || from?.ended !== false
    await this.#replace(
      path,
      wholeLog(id, bodies, ended),
      `written again with ${bodies.length} frames${origin}`,
    )
  }

  async #repairGroup(group: GroupFiles, checked: Checked): Promise<void> {
    const { files, commit } = await repairPlanFor(group, checked.context)
    for (const { path, how, from, bytes, sha256: expected } of files) {
      if (how === 'put back' && from !== undefined) {
        const now = this.#moved.get(from) ?? from
        const whole = await this.#directory.files.readFile(now)
        if (sha256(whole) === expected) await this.#replace(path, whole, `put back from ${now}`)
      } else if (how === 'make again' && bytes !== undefined) {
        await this.#replace(path, bytes, 'rebuilt from stored answers')
      } else if (how === 'set aside') await this.#quarantine(path)
    }
    if (commit === null) return
    await this.#writer.record(commit)
    const main = commit.files.find(({ role }) => role === 'main')
    this.actions.push({ path: main?.path ?? '', action: 'committed again' })
    // Only now: until then the commit that counts names them.
    for (const { path, how } of files) if (how === 'leave out') await this.#quarantine(path)
  }

  /** What a process left on its way is put in place, as the next run would. */
  async #rollForward(run: RunFile): Promise<void> {
    const scan = await new DatasetView(this.#directory).scan()
    await rollForward(this.#directory, scan, run.raw_folder, () => this.#writer.check())
    this.actions.push({ path: run.raw_folder, action: 'committed files put in place' })
  }

  async #replace(path: string, bytes: Uint8Array, action: string): Promise<void> {
    const draft = `${this.#writer.epoch}-repair-${++this.#drafts}`
    const quarantined = await replaceWhole(this.#directory, path, bytes, draft)
    if (quarantined !== undefined) this.#moved.set(path, quarantined)
    this.actions.push({ path, action })
  }

  async #quarantine(path: string): Promise<void> {
    const quarantined = await quarantineFile(this.#directory, path)
    if (quarantined === undefined) return
    this.#moved.set(path, quarantined)
    this.actions.push({ path, action: `set aside as ${quarantined}` })
  }
}

const noSettings: LaunchFile = {
  config_file: null,
  config_args: [],
  seed_folder: null,
  managed_assets: null,
  person_files: [],
  prices: {},
  settings: settingsToRemember({}),
}

/** What the first frame of a log calls it, by where it lies. */
function dueName(path: string): string {
  const kind = path.includes('/journal/') ? 'journal' : 'commits'
  return expectedName({ kind, name: path.slice(path.lastIndexOf('/') + 1) })
}
