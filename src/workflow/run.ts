/**
 * A workflow, stage by stage: each is a run of its own, seeded with the output of the stage before.
 *
 * Owns: the order of stages, what each starts from, and the record of it. How a stage is made, continued or refused is that of any
 * dataset (`run/`).
 * Rules:
 *   W1. Everything that can be known before the first stage is checked before it: names, columns, models, keys.
 *   W2. A stage begins when the one before is whole: every row is settled, and its files are what was written.
 *   W3. The same call goes on, wherever it was stopped: a complete stage sends nothing, an interrupted one goes on, a changed one is made
 *       next to its old dataset and takes the answers that still match; those after it follow from its rows.
 *   W4. Nothing is removed but what a dead process left on its way (`sweep.ts`). What is started again gets a folder of its own.
 *   W5. Identity is that of datasets: config and contents. No path outside the folder, no version is in it.
 *   W6. One process at a time works on a workflow. Another one gets an error before it sends anything, as with datasets.
 *   W7. A stage is found by its name, wherever it stands; one with another name, by where it stood. Its datasets stay in the folders
 *       they were born in: what is put in, taken out or moved requests only what changed.
 */

import { join, relative } from 'node:path'
import { stopCodes } from '../base/errors/error-codes.ts'
import { asRowsmithError, RowsmithError } from '../base/errors/errors.ts'
import { present } from '../base/errors/present.ts'
import { type Closing, closingAfter } from '../base/work/closing.ts'
import { allProviders } from '../config/files/providers.ts'
import { completeRunConfig } from '../config/files/run-config.ts'
import type { Workflow, WorkflowStep } from '../config/files/workflow.ts'
import { configFromSaved } from '../config/form/load.ts'
import { quote } from '../config/reading/suggest.ts'
import type { Config } from '../config/schema/schema.ts'
import { currentProcess } from '../disk/process-identity.ts'
import { wrapDiskError } from '../disk/storage-error.ts'
import { connectModels } from '../models/connect/connect.ts'
import { readStatus, readUsage } from '../results/status/status.ts'
import type { RunOutcome } from '../run/execute/execute-run.ts'
import { requireBuilt, usedModels } from '../run/prepare/compiled-config.ts'
import { EventStream, type RunEvent } from '../run/report/events.ts'
import type { Summary } from '../run/report/summary.ts'
import { signalWithin } from '../run/request/deadline.ts'
import {
  type CreateOptions,
  hasBudget,
  type ResolvedComponents,
  type RunComponents,
  resolveComponents,
} from '../run/request/options.ts'
import { startRun } from '../run/start/start.ts'
import type { UsageReport } from '../run/usage/usage-report.ts'
import type { SeedColumn } from '../seed/dataset/dataset.ts'
import { selectRows } from '../seed/dataset/order.ts'
import type { FileOwner } from '../store/files/atomic-file.ts'
import { DatasetDirectory } from '../store/files/dataset-directory.ts'
import { createDatasetDirectory } from '../store/files/directories.ts'
import { lockWaits } from '../store/lock/lock.ts'
import { whileHolding } from '../store/lock/locked-folder.ts'
import { DatasetView } from '../store/view/dataset-view.ts'
import { verifyDataset } from '../verify/verify.ts'
import { checkSteps, inStep, modelsOf, seededConfig } from './check.ts'
import { collectWorkflowGarbage } from './collect-garbage.ts'
import { type GivenOutput, readGivenOutput } from './given-output.ts'
import { type ResolvedWorkflow, resolveWorkflow, type WorkflowOptions } from './options.ts'
import { outputOf, type StepRows } from './output.ts'
import { bornAs, latestRun, type NamedStep, renamed, stepFolder } from './places.ts'
import { readRecord, type StepRecord, type StepStatus, type WorkflowRecord, writeRecord } from './record.ts'
import { spentOf, within } from './shared-budget.ts'

export type WorkflowEvent =
  | { readonly type: 'stage'; readonly stage: string; readonly index: number; readonly stages: number }
  /** A stage has another name by now, and goes on with the dataset of the one that is missing. */
  | { readonly type: 'renamed'; readonly stage: string; readonly before: string }
  /** An event of the stage that runs. */
  | { readonly type: 'run'; readonly stage: string; readonly event: RunEvent }

/** What became of one stage. */
export interface StepOutcome {
  readonly name: string
  readonly status: StepStatus
  /** Its dataset directory; null when it has none. */
  readonly dataset_path: string | null
  /** Of this call; null for a stage that was not run by it. */
  readonly summary: Summary | null
}

export interface WorkflowOutcome {
  readonly workflow_path: string
  readonly stages: readonly StepOutcome[]
  /** What the runs of stages came to, by stage. */
  readonly runs: ReadonlyMap<string, RunOutcome>
}

export interface WorkflowHandle {
  events(): AsyncIterableIterator<WorkflowEvent>
  /** Rejects with the error of the stage that stopped, which names it; `summary` on it is what came before. */
  readonly outcome: Promise<WorkflowOutcome>
}

/** Starts a workflow, or goes on with it. Nothing happens before the next turn of the event loop. */
export function startWorkflowRun(
  load: () => Workflow | Promise<Workflow>,
  options: WorkflowOptions,
  components: RunComponents,
): WorkflowHandle {
  const events = new EventStream<WorkflowEvent>()
  const outcome = (async () => {
    try {
      await new Promise(setImmediate)
      const workflow = await load()
      const resolved = resolveWorkflow(workflow, options)
      return await closingAfter((closing) => {
        const timed = withinTime(resolved, components, closing)
        return new WorkflowRun(workflow, timed, components, events).run()
      })
    } catch (error) {
      throw asRowsmithError(error)
    } finally {
      events.end()
    }
  })()
  outcome.catch(() => {})
  return { events: () => events.watch(), outcome }
}

/** The time of a workflow is that of all its stages together. */
function withinTime(
  resolved: ResolvedWorkflow,
  components: RunComponents,
  closing: Closing,
): ResolvedWorkflow {
  const { run, given } = resolved
  const signal = signalWithin(run, resolveComponents(components).clock, closing)
  const limits = { ...(signal === undefined ? {} : { signal }), maxTimeMs: null }
  return { ...resolved, run: { ...run, ...limits }, given: { ...given, ...limits } }
}

class WorkflowRun {
  readonly #workflow: Workflow
  readonly #options: ResolvedWorkflow
  readonly #components: RunComponents
  readonly #resolved: ResolvedComponents
  readonly #events: EventStream<WorkflowEvent>
  readonly #folder: string
  readonly #runs = new Map<string, RunOutcome>()
  #record: WorkflowRecord = { name: '', rerun_from: null, stages: [] }
  #writer: FileOwner = { pid: 0, nonce: '' }
  #given: GivenOutput | null = null

  constructor(
    workflow: Workflow,
    options: ResolvedWorkflow,
    components: RunComponents,
    events: EventStream<WorkflowEvent>,
  ) {
    this.#workflow = workflow
    this.#options = options
    this.#components = components
    this.#resolved = resolveComponents(components)
    this.#events = events
    this.#folder = join(options.run.artifactPath, options.run.datasetName)
  }

  async run(): Promise<WorkflowOutcome> {
    const { disk, clock } = this.#resolved
    const { waitForLockMs, signal } = this.#options.run
    const found = await readRecord(disk, this.#folder)
    this.#refuseOther(found)
    this.#given = await readGivenOutput(this.#workflow, this.#options, this.#folder)
    await this.#checkAll(found)
    const self = await currentProcess(disk)
    const nonce = crypto.randomUUID()
    this.#writer = { pid: self.pid, nonce }
    const holding = {
      ...{ disk, clock, self, nonce, folder: this.#folder },
      ...lockWaits(waitForLockMs),
    }
    return whileHolding({ ...holding, signal }, () => this.#runLocked())
  }

  /** W6. */
  async #runLocked(): Promise<WorkflowOutcome> {
    const { disk } = this.#resolved
    const { first, last } = this.#options
    await collectWorkflowGarbage(disk, this.#folder)
    const found = await readRecord(disk, this.#folder)
    this.#refuseOther(found)
    this.#record = await this.#start(found)
    let given: StepRows | null = this.#given
    try {
      if (given !== null) await this.#update(first - 1, { status: 'output_given', error: null })

      for (let index = first; index <= last; index++) given = await this.#step(index, given)
    } catch (thrown) {
      throw Object.assign(asRowsmithError(thrown), { summary: this.#summary() })
    }
    if (this.#record.rerun_from !== null) await this.#note({ ...this.#record, rerun_from: null })
    return { ...this.#summary(), runs: this.#runs }
  }

  /** W1. */
  async #checkAll(found: WorkflowRecord | null): Promise<void> {
    const { run, transforms, first, last } = this.#options
    const runConfig = completeRunConfig(run.runConfig)
    const providers = allProviders(run.providers)
    const gives = ({ name }: WorkflowStep): readonly SeedColumn[] | null | undefined => {
      if (name === this.#given?.stage) return this.#given.columns
      return transforms.has(name) ? null : undefined
    }
    const compiledSteps = await checkSteps(this.#workflow, runConfig, run, providers, gives)
    for (const [index, compiled] of compiledSteps.entries()) {
      if (index < first || index > last) continue
      await inStep(present(this.#workflow.stages[index], 'stages').name, async () => requireBuilt(compiled))
    }
    const { transport, languageModels, clock } = this.#resolved
    for (const [index, { name }] of this.#workflow.stages.entries()) {
      const status = found?.stages.find((each) => each.name === name)?.status
      // A complete stage needs no key; where it turns out to be changed, its own run requests it.
      if (index < first || index > last || status === 'completed' || status === 'completed_empty') continue
      const models = usedModels(present(compiledSteps[index], 'compiled steps'))
      // Keys and endpoints are looked up, and nothing is requested.
      await connectModels({ models, providers, env: run.env, transport, languageModels, clock }).close()
    }
  }

  #refuseOther(found: WorkflowRecord | null): void {
    const { name } = this.#workflow
    if (found === null) {
      if (this.#options.run.resume !== 'always') return
      const message = `There is no workflow in ${this.#folder}: nothing to resume.`
      throw new RowsmithError('nothing_to_resume', message, { facts: { path: this.#folder } })
    }
    if (found.name === name) return
    throw new RowsmithError(
      'workflow_record_damaged',
      `${this.#folder}: workflow-metadata.json is of the workflow ${quote(found.name)}, not of ${quote(name)}`,
      { facts: { path: this.#folder, stored_name: found.name, asked_name: name } },
    )
  }

  /** The record as this call begins: stages in today's order, those to be started again with a run of their own. */
  async #start(found: WorkflowRecord | null): Promise<WorkflowRecord> {
    const { disk } = this.#resolved
    const { stages: steps, name } = this.#workflow
    const { rerun, run } = this.#options
    const names = await wrapDiskError('list', this.#folder, () => disk.list(this.#folder))
    const from = rerun === null ? null : present(steps[rerun], 'steps').name
    // The same call again goes on with what it began; `never` always begins.
    const goesOn = from !== null && found?.rerun_from === from && run.resume !== 'never'
    const there = names.some((entry) => /^stage-\d/.test(entry))
    const others = renamed(
      await Promise.all((found?.stages ?? []).map((each) => this.#columnsOf(each))),
      steps.map((step) => ({ name: step.name, columns: step.config.columns.map((each) => each.name) })),
    )
    for (const [step, before] of others) this.#events.emit({ type: 'renamed', stage: step, before })
    return {
      name,
      rerun_from: from ?? found?.rerun_from ?? null,
      stages: steps.map((step, index): StepRecord => {
        const known = others.get(step.name) ?? step.name
        const before = found?.stages.find((each) => each.name === known)
        const born = before?.born || bornAs(index, known, names, before?.directory ?? null)
        const latest = before?.run ?? latestRun(born, names)
        const blank = { status: 'pending', directory: null, output_rows: null, error: null } as const
        if (rerun === null || index < rerun || goesOn || !there) {
          return { ...(before ?? blank), name: step.name, born, run: latest }
        }
        return { ...blank, name: step.name, born, run: Math.max(latest, latestRun(born, names)) + 1 }
      }),
    }
  }

  /** The columns of a stage's dataset, as far as it shows. */
  async #columnsOf({ name, directory }: StepRecord): Promise<NamedStep> {
    if (directory === null) return { name, columns: [] }
    const { disk } = this.#resolved
    const found = await DatasetView.at(disk, join(this.#folder, directory)).builderConfig()
    try {
      if (found.kind !== 'read') return { name, columns: [] }
      const config = configFromSaved(found.contents, 'builder_config.json')
      return { name, columns: config.columns.map((column) => column.name) }
    } catch {
      return { name, columns: [] }
    }
  }

  /** @returns what the next stage starts from; null when nothing is left for it */
  async #step(index: number, given: StepRows | null): Promise<StepRows | null> {
    const { stages: steps } = this.#workflow
    const step = present(steps[index], 'steps')
    if (index > 0 && given === null) {
      await this.#update(index, { status: 'skipped_empty_upstream', error: null })
      return null
    }
    this.#events.emit({ type: 'stage', stage: step.name, index, stages: steps.length })
    const { born, run } = present(this.#record.stages[index], 'stages')
    const folder = stepFolder(born, run)
    try {
      await createDatasetDirectory(this.#resolved.disk, this.#folder)
      await this.#update(index, {
        status: 'running',
        directory: present(this.#record.stages[index], 'stages').directory ?? folder,
      })
      const outcome = await this.#run(index, folder, given)
      return await this.#finished(index, outcome)
    } catch (thrown) {
      const error = named(step, withCount(asRowsmithError(thrown), index, this.#options.given.numRecords))
      const status = stopCodes.has(error.code) ? 'stopped' : 'failed'
      // What stopped it is what matters.
      await this.#update(index, { status, error: error.code }).catch(() => {})
      throw error
    }
  }

  async #run(index: number, folder: string, given: StepRows | null): Promise<RunOutcome> {
    const step = present(this.#workflow.stages[index], 'stages')
    const config = given === null ? step.config : seededConfig(step, given.path)
    const options = await this.#runOptions(index, folder, given)
    const first = await this.#runOnce(step, config, options)
    if (first instanceof RowsmithError) {
      // A complete stage needs no buffer size, so another one is no reason to refuse it.
      const { buffer_size: _, ...runConfig } = options.runConfig ?? {}
      const second =
        onlyBufferSize(first) && (await this.#isComplete(folder))
          ? await this.#runOnce(step, config, { ...options, runConfig })
          : first
      if (second instanceof RowsmithError) throw second
      return second
    }
    return first
  }

  async #isComplete(folder: string): Promise<boolean> {
    const { rows_open: open } = await readStatus(this.#resolved.disk, join(this.#folder, folder))
    return open === 0
  }

  async #runOnce(
    step: WorkflowStep,
    config: Config,
    options: CreateOptions,
  ): Promise<RunOutcome | RowsmithError> {
    const handle = startRun({ kind: 'create', config: () => config }, options, this.#components)
    for await (const event of handle.events()) this.#events.emit({ type: 'run', stage: step.name, event })
    try {
      const outcome = await handle.outcome
      this.#runs.set(step.name, outcome)
      return outcome
    } catch (error) {
      if (RowsmithError.isInstance(error)) return isOfDamage(error) ? stepDamaged(error) : error
      throw error
    }
  }

  async #runOptions(index: number, folder: string, given: StepRows | null): Promise<CreateOptions> {
    const { run, given: stepOptions } = this.#options
    const step = present(this.#workflow.stages[index], 'stages')
    const dataset = new DatasetDirectory(this.#resolved.disk, join(this.#folder, folder))
    const isStarted = await dataset.files.has('.rowsmith/run.json')
    const numRecords =
      (index === 0 ? stepOptions.numRecords : undefined) ?? step.numRecords ?? rowsSelected(step, given)
    const { models } = modelsOf(run, this.#workflow.stages, index)
    const {
      until: _u,
      rerunFrom: _r,
      outputs: _o,
      transforms: _t,
      accept: _a,
      numRecords: _n,
      ...base
    } = stepOptions
    return {
      ...base,
      ...within(run, spentOf(await this.#usageOfOthers(index))),
      ...(numRecords === null ? {} : { numRecords }),
      artifactPath: this.#folder,
      datasetName: folder,
      ownTypes: true,
      models,
      // A stage that never began is no broken promise of `always`; `never` has given every stage a folder of its own.
      resume: run.resume === 'always' && isStarted ? 'always' : 'if_possible',
      reuse: this.#isRerun(index) ? 'none' : run.reuse,
      launch: { ...base.launch, ...(given === null ? {} : { seedFolder: join(this.#folder, folder) }) },
    }
  }

  /** Those of stages before are of this call; those of stages after, of the datasets they have. */
  async #usageOfOthers(index: number): Promise<UsageReport[]> {
    if (!hasBudget(this.#options.run)) return []
    const usages: UsageReport[] = []
    for (const [at, { name, directory }] of this.#record.stages.entries()) {
      const run = this.#runs.get(name)
      if (at === index) continue
      if (run !== undefined) usages.push(run.summary.total)
      else if (directory !== null) {
        // Usage that cannot be read is not none: the budget would be exceeded.
        const usage = await readUsage(this.#resolved.disk, join(this.#folder, directory))
        if (usage !== null) usages.push(usage)
      }
    }
    return usages
  }

  /** Whether the stage is being started again, so that it takes no answers from elsewhere. */
  #isRerun(index: number): boolean {
    const from = this.#workflow.stages.findIndex(({ name }) => name === this.#record.rerun_from)
    return from >= 0 && index >= from
  }

  /** W2: the rows for the next stage. */
  async #finished(index: number, { summary }: RunOutcome): Promise<StepRows | null> {
    const { disk } = this.#resolved
    const { run, given, transforms, last } = this.#options
    const step = present(this.#workflow.stages[index], 'stages')
    const directory = relative(this.#folder, summary.dataset_path)
    await this.#update(index, { directory })
    if (summary.rows_open > 0) throw unfinished(summary)
    if (summary.decision === 'already_complete') await this.#requireWhole(summary.dataset_path)
    await given.accept?.(step.name, summary)
    const { rows_written: rows, dataset_path: _ } = summary
    const transform = transforms.get(step.name)
    const finished = {
      name: step.name,
      folder: this.#folder,
      directory,
      rows,
      output: step.output,
      transform,
    }
    const output =
      index === last &&
      index === this.#workflow.stages.length - 1 &&
      step.output.where === null &&
      transform === undefined
        ? { path: '', rows }
        : await outputOf(disk, finished, this.#writer, run.signal)
    const empty = output.rows === 0
    const status = empty ? 'completed_empty' : 'completed'
    if (empty && !step.allowEmpty) throw stepEmpty(step)
    await this.#update(index, { status, output_rows: output.rows, error: null })
    return empty ? null : output
  }

  async #requireWhole(directory: string): Promise<void> {
    const { disk, encoder, clock } = this.#resolved
    const { findings } = await verifyDataset(directory, {}, { disk, encoder, clock })
    const rows = findings.filter(
      ({ severity, path }) => severity !== 'leftover' && /^(parquet-files|processors-files)\//.test(path),
    )
    const [first] = rows
    if (first === undefined) return
    throw new RowsmithError('step_damaged', `${directory}: ${first.path}: ${first.problem}`, {
      facts: { path: directory, files: rows.slice(0, 20).map(({ path }) => path) },
      nextStep: `Run \`rowsmith verify ${directory} --repair\`, then run the command again.`,
    })
  }

  async #update(index: number, change: Partial<StepRecord>): Promise<void> {
    const steps = this.#record.stages.map((step, at) => (at === index ? { ...step, ...change } : step))
    await this.#note({ ...this.#record, stages: steps })
  }

  async #note(record: WorkflowRecord): Promise<void> {
    this.#record = record
    await createDatasetDirectory(this.#resolved.disk, this.#folder)
    await writeRecord(this.#resolved.disk, this.#folder, record, this.#writer)
  }

  #summary(): Omit<WorkflowOutcome, 'runs'> {
    return {
      workflow_path: this.#folder,
      stages: this.#record.stages.map(({ name, status, directory }) => ({
        name,
        status,
        dataset_path: directory === null ? null : join(this.#folder, directory),
        summary: this.#runs.get(name)?.summary ?? null,
      })),
    }
  }
}

/** As many rows as are taken from the stage before. */
function rowsSelected({ selection }: WorkflowStep, given: StepRows | null): number | null {
  if (given === null) return null
  const selected = selectRows(selection, given.rows)
  // A selection that does not fit is reported when the seed is opened.
  return 'size' in selected ? selected.size : given.rows
}

/** A first stage that was enlarged with `-n` has more rows than the file says. */
function withCount(error: RowsmithError, index: number, requested: number | undefined): RowsmithError {
  const { code, message, facts, cause } = error
  const rows = facts.rows_on_disk ?? facts.target_records
  if (index > 0 || requested !== undefined || !/^fewer_than_/.test(code) || typeof rows !== 'number')
    return error
  const nextStep = `It was enlarged: give -n ${rows} again, or write num_records: ${rows} in the file.`
  return new RowsmithError(code, message, { facts, nextStep, cause })
}

/** The error, saying which stage it stopped. */
function named({ name }: WorkflowStep, error: RowsmithError): RowsmithError {
  const { code, facts, nextStep } = error
  return new RowsmithError(code, `Stage ${quote(name)}: ${error.message}`, {
    facts: { ...facts, stage: name },
    nextStep,
    cause: error,
  })
}

function onlyBufferSize(error: RowsmithError): boolean {
  const { refusals } = error.facts
  return Array.isArray(refusals) && refusals.length === 1 && refusals[0] === 'buffer_size_differs'
}

/** A salvaged run ends well with open rows; only the next stage notices. */
function unfinished(summary: Summary): RowsmithError {
  const message = `${summary.rows_open} of ${summary.rows_planned} rows are not made yet, so the next stage cannot begin`
  return new RowsmithError('dataset_incomplete', message, {
    facts: { rows_open: summary.rows_open, rows_planned: summary.rows_planned },
    nextStep: 'Run the command again.',
  })
}

function stepEmpty({ output }: WorkflowStep): RowsmithError {
  const why = output.where === null ? 'it has no rows' : `no row of it meets ${quote(output.where)}`
  return new RowsmithError('step_empty', `Nothing is left for the next stage: ${why}`)
}

/** Whether the dataset of a step was refused since a file of it is not what was written. */
function isOfDamage({ facts: { refusals } }: RowsmithError): boolean {
  return Array.isArray(refusals) && refusals[0] === 'file_damaged'
}

function stepDamaged(cause: RowsmithError): RowsmithError {
  const { message, facts, nextStep } = cause
  return new RowsmithError('step_damaged', message, { facts, nextStep, cause })
}
