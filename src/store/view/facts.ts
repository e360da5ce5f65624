/**
 * What a resume decision is made from, of one view of a directory. Changes nothing and takes no lock; whatever is wrong with a file
 * is a fact, so that the decision can list everything that is wrong at once.
 */
import { basename } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { currentProcess, type ProcessIdentity } from '../../disk/process-identity.ts'
import type { DatasetFacts, Defect, Facts, GroupFacts } from '../../plan/facts.ts'
import { groupNumbers } from '../../plan/row-groups.ts'
import type { RunFile } from '../control/run-file.ts'
import { looksLikeBatch, parseGroupFileName } from '../files/layout.ts'
import { isPostProcessed, type PostProcessingState } from '../logs/post-processing-commits.ts'
import { noRetries } from '../logs/retries.ts'
import type { DatasetView } from './dataset-view.ts'
import { type AllLacking, type Lacking, lostIn, missingIn, nothingLacking, repairStep } from './lacks.ts'
import { lossOf } from './losses.ts'

/** The caller, so that its own lock is not taken for another process's. */
export interface FactsOptions {
  /** @default the running process */
  readonly self?: ProcessIdentity
  readonly nonce?: string
  /** Whether sidecar files are looked at too, for code that acts on what is missing. @default false */
  readonly sidecars?: boolean
  /** Finds out what the directory lacks, where no other process writes. @default nothing is looked for */
  readonly lacking?: (view: DatasetView, run: RunFile) => Promise<AllLacking>
}

/** Names that make a folder a dataset, by whomever. */
const DATASET_NAMES = ['metadata.json', 'builder_config.json']
const HOLES_SHOWN = 20

/** @throws RowsmithError io_error when the directory itself cannot be read; `dataset_not_found` when a file is in its place */
export async function factsOf(
  view: DatasetView,
  { self, nonce, sidecars = false, lacking }: FactsOptions = {},
): Promise<Facts> {
  const { path, disk } = view.directory
  const found = await view.directory.stat(path)
  if (found === undefined) return { kind: 'nothing' }
  if (found.kind !== 'directory') {
    throw new RowsmithError('dataset_not_found', `${path} is a file, not a folder.`)
  }
  const lock = await view.lock(self ?? (await currentProcess(disk)), nonce)
  if (!(await holdsDataset(view))) return { kind: 'empty', lock }
  const run = await view.run()
  return {
    kind: 'dataset',
    lock,
    run,
    metadata: await view.metadata(),
    builderConfig: await view.builderConfig(),
    ...(run.kind === 'read'
      ? await ownProgress(view, run.contents, sidecars, lock.kind === 'held' ? undefined : lacking)
      : await otherProgress(view)),
  }
}

/** Whether a directory holds a dataset, by whomever. @throws RowsmithError io_error */
export async function holdsDataset(view: DatasetView): Promise<boolean> {
  if ((await view.run()).kind !== 'absent') return true
  const { directory } = view
  const names = await directory.list(directory.path)
  if (names.some((name) => DATASET_NAMES.includes(name))) return true
  const files = await directory.list(directory.layout.parquetFiles)
  return files.some(looksLikeBatch)
}

type Progress = Pick<
  DatasetFacts,
  | 'groups'
  | 'retrying'
  | 'foreignBatchFiles'
  | 'journalDamage'
  | 'damagedFiles'
  | 'notWhole'
  | 'lostAnswers'
  | 'postProcessing'
  | 'tableRows'
>

function defect(code: Defect['code'], { path, what }: Lacking): Defect {
  return { code, message: `${path}: ${what}.` }
}

async function ownProgress(
  view: DatasetView,
  run: RunFile,
  sidecars: boolean,
  lackingIn: FactsOptions['lacking'],
): Promise<Progress> {
  // Blocks are written while this looks: each is judged under its own lock.
  const inBlocks = (await view.blocks()).length > 0
  const journalDamage: Defect[] = []
  const noting = async <T>(read: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await read()
    } catch (error) {
      if (!RowsmithError.isInstance(error)) throw error
      journalDamage.push({ code: error.code, message: error.message })
      return undefined
    }
  }
  const logs = await noting(() => view.logs())
  const retries = logs?.retries ?? noRetries
  const isJudged = logs !== undefined && !inBlocks
  await noting(() => view.checkJournal())
  const whole = sidecars && logs !== undefined
  const scanned = whole ? await view.scan() : await view.progress(logs === undefined ? [] : undefined)
  const { groups, foreign } = scanned
  const lacking = (isJudged ? await lackingIn?.(view, run) : undefined) ?? nothingLacking
  journalDamage.push(...lacking.logs.slice(0, 3).map((each) => defect('journal_damaged', each)))
  const missing = missingIn(scanned)
  const rows = new Map<number, number>()
  for (const [group, state] of groups) if (state.kind !== 'open') rows.set(group, state.commit.rows)
  const retrying = retries.all.some(({ number }) => !retries.done.has(number))
  return {
    groups: groupFacts(rows, inBlocks ? [] : groupNumbers(run.segments)),
    ...(retrying ? { retrying } : {}),
    foreignBatchFiles: foreign,
    journalDamage,
    damagedFiles: lacking.damaged.map((each) => ({
      ...defect('file_damaged', each),
      nextStep: repairStep(view.directory.path),
    })),
    notWhole: [
      ...(isJudged ? lostIn(scanned, logs.commits) : []),
      ...lacking.sidecars.filter(({ path }) => !missing.includes(path)),
      ...lacking.unclear,
    ],
    lostAnswers: isJudged ? lossOf(await view.losses(), run) : null,
    postProcessing: logs === undefined ? stageUnknown(run) : (await view.stage()).state,
    tableRows: logs?.postProcessing?.rows ?? null,
  }
}

/** How far post-processing is when the logs cannot be read. */
function stageUnknown(run: RunFile): PostProcessingState {
  return isPostProcessed(run) ? 'pending' : 'none'
}

/** Progress that another process made: whole files, by their footers. */
async function otherProgress(view: DatasetView): Promise<Progress> {
  const rows = new Map<number, number>()
  const foreign: string[] = []
  for (const footer of await view.footers()) {
    if (!('rows' in footer)) continue
    const name = basename(footer.path)
    const group = parseGroupFileName(name)
    if (group === undefined) foreign.push(name)
    else rows.set(group, footer.rows)
  }
  return {
    groups: groupFacts(rows, countingUp()),
    foreignBatchFiles: foreign.sort(),
    journalDamage: [],
    damagedFiles: [],
    notWhole: await view.unlikeMetadata(),
    lostAnswers: null,
    postProcessing: 'none',
    tableRows: null,
  }
}

function* countingUp(): Generator<number> {
  for (let number = 0; ; number++) yield number
}

/** @param planned numbers of row groups, lowest first */
function groupFacts(rowsOf: ReadonlyMap<number, number>, planned: Iterable<number>): GroupFacts {
  const groups = [...rowsOf.keys()].sort((a, b) => a - b)
  const highest = groups.at(-1) ?? -1
  const holes: number[] = []
  for (const group of planned) {
    if (group > highest || holes.length === HOLES_SHOWN) break
    if (!rowsOf.has(group)) holes.push(group)
  }
  const rows = [...rowsOf.values()].reduce((sum, count) => sum + count, 0)
  return { complete: groups.length, rows, highest, holes }
}
