/**
 * From a request to a dataset directory that this process may write.
 *
 * Owns: the order at the start: decide (`choose.ts`), make the folder, lock, read again, decide again, run.json, builder_config.json,
 * launch.json. Rules:
 *   P9. A refused run changes no byte and sends no request.
 *   O1. What was true before the lock may be false after it: the decision that counts is made under the lock.
 *   O4. A name next to another dataset is chosen again while no other process chooses one (`store/lock/naming.ts`): of equal commands that start at
 *       once, one makes a dataset, and the others find it.
 *   O2. run.json is durable, with its folders, before anything else is written. It is written only when it changes.
 */
import { join, resolve } from 'node:path'
import type { RowsmithError } from '../../base/errors/errors.ts'
import { toValue, type ValueObject } from '../../base/values/value.ts'
import { builderConfigJson } from '../../config/form/save.ts'
import { olderPythonHash } from '../../config/identity/fingerprint.ts'
import { type Choice, siblingName } from '../../plan/candidates.ts'
import { type Decision, decide, hasPendingCells, refusalError } from '../../plan/decide.ts'
import type { Facts } from '../../plan/facts.ts'
import { type PlanRange, planRanges, rowCount } from '../../plan/row-groups.ts'
import type { LaunchFile } from '../../store/control/launch-file.ts'
import type { RunFile } from '../../store/control/run-file.ts'
import { DatasetDirectory } from '../../store/files/dataset-directory.ts'
import { createDatasetDirectory } from '../../store/files/directories.ts'
import { lockWaits } from '../../store/lock/lock.ts'
import { whileNaming } from '../../store/lock/naming.ts'
import type { DatasetView } from '../../store/view/dataset-view.ts'
import { factsOf } from '../../store/view/facts.ts'
import type { DatasetWriter } from '../../store/writing/dataset-store.ts'
import { DirectoryStore } from '../../store/writing/directory-store.ts'
import type { CompiledConfig } from '../prepare/compiled-config.ts'
import type { RunEvent } from '../report/events.ts'
import type { DecisionKind } from '../report/summary.ts'
import type { ResolvedOptions } from '../request/options.ts'
import { settingsToRemember } from '../request/remembered-settings.ts'
import { awaitFirstShard, blocksFor, withBlocks } from '../request/shards.ts'
import { type Inheritance, reuseSources } from '../reuse/reuse-from.ts'
import { fileSchemaOf, requireConvertible, storedTypesOf } from '../seal/import-row-groups.ts'
import { choose, chooseOnce, inheritance, isRemoved, lookAround, type Outlook, onlyInUse } from './choose.ts'
import type { PreparedRun } from './prepare-run.ts'
import { codeArgsOf, codeFileOf } from './stored-code.ts'

export interface OpenDataset {
  readonly directory: DatasetDirectory
  /** As it was found under the lock, before anything was written. */
  readonly view: DatasetView
  readonly decision: DecisionKind
  readonly run: RunFile
  readonly writer: DatasetWriter
  /** Set where it is a block of a dataset: then `run` has its part of the plan. */
  readonly block?: { readonly number: number; readonly count: number }
}

/** A finished dataset that another tool made: there is nothing of Rowsmith in it, and nothing to do. */
export interface ForeignComplete {
  readonly directory: DatasetDirectory
  readonly rows: number
  readonly groups: number
  readonly ranges: readonly PlanRange[]
}

export type Opened =
  | { readonly kind: 'opened'; readonly dataset: OpenDataset }
  | { readonly kind: 'foreign-complete'; readonly dataset: ForeignComplete }

type Emit = (event: RunEvent) => void

/** Decides, and opens what was decided for. @throws RowsmithError of class refused, in_use, usage or storage */
export async function openDataset(run: PreparedRun, emit: Emit): Promise<Opened> {
  const found = { ...(await lookAround(run)), emit }
  const opening = { ...found, run: found.shard === null ? run : patient(run) }
  const first = await choose(opening)
  const again = () => choose(opening)
  return openChosen(opening, await awaitFirstShard(opening.run, opening.shard, first, again, emit))
}

/** Processes that share a dataset start together: each holds the lock of the whole for a moment. */
function patient(run: PreparedRun): PreparedRun {
  const { options } = run
  return { ...run, options: { ...options, waitForLockMs: options.waitForLockMs ?? 60_000 } }
}

interface Opening extends Outlook {
  readonly emit: Emit
}

async function openChosen(opening: Opening, choice: Choice): Promise<Opened> {
  const { request } = opening
  const { intent, options, components, connections } = opening.run
  const { decision, facts, name } = choice
  switch (decision.kind) {
    case 'refuse':
      if (!onlyInUse(decision) || options.waitForLockMs === null) throw refusalError(decision.refusals)
      break
    case 'fresh':
      await connections.open()
      // An empty folder of that name will do. Another run may begin there at the same moment: the process with the lock second goes on
      // from what the first did.
      await createDatasetDirectory(components.disk, join(options.artifactPath, name))
      break
    case 'fresh_beside':
      // Shards make the dataset that was requested, and no other.
      if (opening.shard !== null) throw refusalOf(decision)
      return openSibling(opening)
    case 'already_complete':
      if (intent.kind === 'retry') await connections.open()
      break
    default:
      // Decided again under the lock; but a run that lacks something takes no lock for that (P9). A stage alone calls no model.
      if (intent.kind === 'retry' || !request.isPostProcessed || hasPendingCells(facts, decision.ranges))
        await connections.open()
  }
  return openExisting(opening, choice)
}

/** Makes a dataset next to the one that is there, or opens the one that another process made meanwhile (rule O4). */
async function openSibling(opening: Opening): Promise<Opened> {
  const { run, self } = opening
  const { options, components } = run
  await run.connections.open()
  const naming = {
    ...components,
    ...options,
    self,
    nonce: crypto.randomUUID(),
  }
  const created = await whileNaming(naming, async () => {
    components.views.forget()
    const choice = await chooseOnce(opening)
    if (choice.decision.kind !== 'fresh_beside') return { choice }
    const directory = await createSibling(run, components.clock.now())
    const reason = choice.decision.reasons[0]?.message ?? null
    const passedOver = choice.reuses === null ? null : join(options.artifactPath, choice.reuses.name)
    return { opened: await openNewSibling(opening, directory, reason, passedOver) }
  })
  return created.opened ?? openChosen(opening, created.choice)
}

async function openExisting(opening: Opening, { name, decision, facts }: Choice): Promise<Opened> {
  const { options, components, compiled } = opening.run
  const directory = new DatasetDirectory(components.disk, join(options.artifactPath, name))
  if (facts.kind === 'dataset' && facts.run.kind === 'absent') {
    if ('ranges' in decision && hasPendingCells(facts, decision.ranges)) {
      // Before the lock, so that a refusal changes no byte of it; requested again under it.
      const { columns } = compiled
      requireConvertible(columns, await fileSchemaOf(directory, columns))
    }
    if (decision.kind === 'already_complete') {
      warnOfDamage(facts, opening.emit)
      opening.emit({ type: 'decided', decision: 'already_complete', path: directory.path, reason: null })
      const { complete, rows } = facts.groups
      return {
        kind: 'foreign-complete',
        dataset: { directory, rows, groups: complete, ranges: decision.ranges },
      }
    }
  }
  const stored = await components.views.at(directory.path).run()
  // Before the lock, as above.
  if (stored.kind === 'read' && 'ranges' in decision)
    inBlocks(opening, facts, stored.contents, { ...stored.contents, segments: decision.ranges })
  return underLock(opening, directory, (view, seen) => settleExisting(opening, view, seen))
}

/** The decision that counts (rule O1). */
async function settleExisting(opening: Opening, view: DatasetView, facts: Facts): Promise<Settled> {
  const { intent, connections } = opening.run
  const { directory } = view
  const decision = decide(facts, opening.request)
  if (decision.kind === 'refuse' || decision.kind === 'fresh_beside') throw refusalOf(decision)
  warnOfDamage(facts, opening.emit)
  if (decision.kind === 'fresh') {
    await connections.open()
    const reused = await inheritance(opening, directory, null)
    const run = { ...newRun(opening, reused), ...blocksFor(opening.shard, 0) }
    return { decision: 'fresh', reason: null, run, before: null }
  }
  const isRetry = intent.kind === 'retry'
  const hasPending = decision.kind !== 'already_complete' && hasPendingCells(facts, decision.ranges)
  if (hasPending || isRetry) await connections.open()
  const found = await view.run()
  if (found.kind === 'absent')
    return settleForeign(opening, directory, facts, decision, hasPending || isRetry)
  if (found.kind !== 'read') throw refusalOf(decision)
  const sources = reuseSources(
    directory.path,
    opening.reused === null ? [] : [opening.reused],
    found.contents,
  )
  const { stage_identity } = opening.request.identity
  const extended = { ...found.contents, segments: decision.ranges, stage_identity, ...sources }
  const run = inBlocks(opening, facts, found.contents, extended)
  return { decision: isRetry ? 'retry' : decision.kind, reason: null, run, before: found.contents }
}

/** A dataset that is there, with the blocks that it has, or gets now. @throws RowsmithError shards_differ, worker_differs, usage */
function inBlocks(opening: Opening, facts: Facts, stored: RunFile, run: RunFile): RunFile {
  return withBlocks(opening.run.options, opening.shard, stored, run, !hasPendingCells(facts, stored.segments))
}

/** Started by another tool: from here on it is a dataset of Rowsmith, with row groups of two makers. */
async function settleForeign(
  opening: Opening,
  directory: DatasetDirectory,
  facts: Facts,
  decision: Extract<Decision, { ranges: readonly PlanRange[] }>,
  isDue: boolean,
): Promise<Settled> {
  const { compiled } = opening.run
  const schema = await fileSchemaOf(directory, compiled.columns)
  if (isDue) requireConvertible(compiled.columns, schema)
  const reused = await inheritance(opening, directory, null)
  warnOfUnmarked(facts, opening)
  // Its rows lie where a dataset without a stage has them: they are stored apart before one begins.
  const raw = { raw_folder: 'parquet-files', segments: decision.ranges, file_schema: schema } as const
  const { older_python_hash: _unused, ...plan } = newRun(opening, reused)
  return { decision: decision.kind, reason: null, run: { ...plan, ...raw }, before: null }
}

function openNewSibling(
  opening: Opening,
  path: string,
  reason: string | null,
  passedOver: string | null,
): Promise<Opened> {
  const directory = new DatasetDirectory(opening.run.components.disk, path)
  return underLock(opening, directory, async (_, facts) => {
    const decision = decide(facts, opening.request)
    if (decision.kind !== 'fresh') throw refusalOf(decision)
    const reused = await inheritance(opening, directory, passedOver)
    return { decision: 'fresh_beside', reason, run: newRun(opening, reused), before: null }
  })
}

interface Settled {
  readonly decision: DecisionKind
  readonly reason: string | null
  readonly run: RunFile
  /** What run.json holds so far. */
  readonly before: RunFile | null
}

/** Takes the lock, settles what to do, writes what the run is. The lock is given back when anything fails. */
async function underLock(
  opening: Opening,
  directory: DatasetDirectory,
  settle: (view: DatasetView, facts: Facts) => Promise<Settled>,
): Promise<Opened> {
  const { emit, self } = opening
  const { components, options, compiled } = opening.run
  const writer = await new DirectoryStore(components.disk, components.clock).open(directory.path, {
    self,
    ...lockWaits(options.waitForLockMs),
    onWait: ({ holder, remainingMs }) => emit({ type: 'waiting-for-lock', holder, remainingMs }),
    signal: options.signal,
  })
  try {
    await writer.collectTemporaries()
    const { view, facts } = await lookUnderLock(opening, writer)
    const { decision, reason, run, before } = await settle(view, facts)
    const isChanged = decision !== 'already_complete' && (before === null || !isSame(before, run))
    emit({ type: 'decided', decision, path: directory.path, reason })
    if (decision !== 'already_complete') {
      const sources = run.reuse_sources ?? []
      if (sources.length > 0) {
        emit({ type: 'reusing', paths: sources.map(({ path }) => join(directory.path, path)) })
      }
      // Folders of former blocks would be taken for those of the new ones.
      if (run.blocks !== undefined && before?.blocks === undefined) await writer.removeBlocks()
      if (isChanged) await writer.writeRun(run)
      const pythons = run.older_python_hash === undefined ? 'one' : 'every'
      await writer.writeBuilderConfig(builderConfigJson(compiled.config, pythons))
      await writer.writeLaunch(launchOf(options, compiled))
    }
    const opened = { directory, view: isChanged ? view.withRun(run) : view }
    return { kind: 'opened', dataset: { ...opened, decision, run, writer } }
  } catch (error) {
    const failure = await writer.failure(error)
    await writer.release().catch(() => {})
    throw failure
  }
}

/** What is read now is acted upon: files of dead writers are made durable first (J5). */
async function lookUnderLock(
  { self, run, lacking }: Opening,
  writer: DatasetWriter,
): Promise<{ readonly view: DatasetView; readonly facts: Facts }> {
  await writer.syncFormer()
  const look = async () => {
    const view = run.components.views.again(writer.directory.path)
    return { view, facts: await factsOf(view, { self, nonce: writer.nonce, sidecars: true, lacking }) }
  }
  return look().catch((error) => {
    if (!isRemoved(error)) throw error
    return look()
  })
}

/** What does not block a resume is reported at every start. */
export function warnOfDamage(facts: Facts, emit: Emit): void {
  if (facts.kind !== 'dataset') return
  const isOwn = facts.run.kind !== 'absent'
  const helps = isOwn
    ? '`rowsmith verify DATASET_DIR` says what that costs, and --repair repairs it'
    : 'Restore it from where it came; otherwise what is there counts as the dataset'
  for (const { path, what } of facts.notWhole.slice(0, 3)) {
    const message = `${path}: ${what}. ${helps}`
    emit({ type: 'warning', code: 'not_whole', message })
  }
}

/** A directory about which nothing is known may have been processed before there were markers. */
function warnOfUnmarked(facts: Facts, { request, emit }: Opening): void {
  if (!request.isPostProcessed || facts.kind !== 'dataset') return
  const { metadata } = facts
  if (metadata.kind !== 'read' || metadata.contents.config_hash !== null) return
  const message =
    'It is unknown whether this directory was processed before: its files are preserved as they are in .rowsmith/generated'
  emit({ type: 'warning', code: 'perhaps_processed', message })
}

/** Whether run.json holds the run already: its plan and its sources can have grown, and its stage can be another. */
function isSame(before: RunFile, run: RunFile): boolean {
  const sourcesOf = (file: RunFile): string => JSON.stringify(file.reuse_sources ?? [])
  return (
    rowCount(before.segments) === rowCount(run.segments) &&
    before.stage_identity === run.stage_identity &&
    before.blocks?.first_group === run.blocks?.first_group &&
    sourcesOf(before) === sourcesOf(run)
  )
}

function newRun({ run, request }: Opening, reused: Inheritance): RunFile {
  const { intent, compiled, options, components } = run
  const stored = storedTypesOf(compiled.columns, request.isPostProcessed || options.ownTypes)
  const older = olderPythonHash(compiled.config)
  return {
    format: 1,
    run_seed: options.seed ?? reused.from?.run.run_seed ?? components.drawSeed(),
    // With the seed, since both decide what is requested: yesterday's answers match today.
    today: reused.from?.run.today ?? new Date(components.clock.now()).toISOString().slice(0, 10),
    dataset_name: intent.kind === 'preview' ? intent.of : options.datasetName,
    ...compiled.hash,
    ...(older === undefined ? {} : { older_python_hash: older }),
    rows_identity: compiled.rowsIdentity,
    stage_identity: compiled.postProcessingIdentity,
    raw_folder: request.isPostProcessed ? '.rowsmith/generated' : 'parquet-files',
    media_mode: 'disk',
    preserve_dropped_columns: request.preserveDroppedColumns,
    engine: request.engine,
    segments: planRanges(request.numRecords, compiled.runConfig.buffer_size),
    file_schema: null,
    ...(stored.length > 0 ? { stored_types: stored } : {}),
    json_members: 'as_written',
    ...reused.sources,
  }
}

function launchOf(options: ResolvedOptions, { config, prices }: CompiledConfig): LaunchFile {
  return {
    config_file: codeFileOf(config),
    config_args: codeArgsOf(config),
    seed_folder: absolute(options.launch.seedFolder),
    managed_assets: absolute(options.launch.managedAssets),
    person_files: options.launch.personFiles ?? [],
    prices: toValue(prices.byModel) as ValueObject,
    settings: settingsToRemember(options),
  }
}

function absolute(path: string | undefined): string | null {
  return path === undefined ? null : resolve(path)
}

/** A folder of its own next to the plain one: made exclusively, so two runs of one second get two. */
async function createSibling({ components, options }: PreparedRun, now: number): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    const directory = join(options.artifactPath, siblingName(options.datasetName, now, attempt))
    if (await createDatasetDirectory(components.disk, directory)) return directory
  }
}

function refusalOf(decision: Decision): RowsmithError {
  if (decision.kind === 'refuse') return refusalError(decision.refusals)
  if (decision.kind === 'fresh_beside' && decision.reasons.length > 0) return refusalError(decision.reasons)
  const message = 'The directory changed while it was being opened.'
  return refusalError([{ code: 'dataset_in_use', message, facts: {} }])
}
