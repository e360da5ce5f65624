/**
 * The front door: every public name, by hand.
 *
 * Owns: which parts meet. Only here do the models learn of the simulator.
 */
import './base/errors/node-version.ts'
import { join } from 'node:path'
import { errnoOf, RowsmithError } from './base/errors/errors.ts'
import type { ValueObject } from './base/values/value.ts'
import { type ConfigInput, configFromCode } from './code/from-code.ts'
import { isCodePath, loadCodeConfig, noArgs, requireNoPython } from './code/load-code.ts'
import { sourceHash } from './code/source-hash.ts'
import { convertCode, convertText } from './config/convert/convert.ts'
import type { ConfigFormat } from './config/convert/write-config.ts'
import { builtInModels } from './config/files/built-in-models.ts'
import { parseDefaultModels } from './config/files/default-models.ts'
import { type McpProviderConfig, parseMcpProviders } from './config/files/mcp-providers.ts'
import type { ProviderConfig } from './config/files/providers.ts'
import { parseRunConfig, type RunConfig } from './config/files/run-config.ts'
import { parseScenario, type Scenario } from './config/files/scenario.ts'
import { looksLikeWorkflow, type Workflow } from './config/files/workflow.ts'
import { parseConfig } from './config/form/load.ts'
import { isLoaded } from './config/reading/source.ts'
import { parseYaml } from './config/reading/yaml.ts'
import type { Config, ModelConfig } from './config/schema/schema.ts'
import { nodeDisk } from './disk/node-disk.ts'
import type { ModelCheck } from './models/connect/check-models.ts'
import { undiciTransport } from './models/http/undici-transport.ts'
import { isWebAddress, shownAddress, webText } from './models/http/web-text.ts'
import { type AskOptions, askModelOf, type ModelAnswer } from './preflight/ask-model.ts'
import { type CheckModelsOptions, checkModelsOf } from './preflight/check-models.ts'
import { type CheckToolsOptions, checkToolsOf } from './preflight/check-tools.ts'
import { forecastCreate, forecastResume, forecastRetry } from './preflight/dry-run.ts'
import type { Forecast } from './preflight/forecast-summary.ts'
import { type ValidateOptions, type Validation, validateConfig } from './preflight/validate.ts'
import { type Exported, type ExportOptions, exportRows } from './results/export/export.ts'
import { outputAt, writeOutput } from './results/export/output-file.ts'
import { readAnalysis } from './results/profile/analysis.ts'
import { columnStatistics } from './results/profile/column-statistics.ts'
import { type DatasetProfile, profileDataset } from './results/profile/profile.ts'
import { chooseCells, filterText, type RetryFilter } from './results/retry/choose-cells.ts'
import { DatasetResults, firstRows } from './results/rows/dataset-results.ts'
import { integerReader, type ReadOptions, withIntegers } from './results/rows/integers.ts'
import { type PreviewColumn, type PreviewRecord, previewRecords } from './results/rows/preview-records.ts'
import { processorRows } from './results/rows/processor-rows.ts'
import { countUnfinished, type Reading, type RowsSoFar, rowsSoFar } from './results/rows/unfinished.ts'
import { type HistoryEntry, readHistory } from './results/status/history.ts'
import { type InspectedRow, inspectRow } from './results/status/inspect.ts'
import { type DatasetStatus, readStatus } from './results/status/status.ts'
import type { RunOutcome } from './run/execute/execute-run.ts'
import type { RunEvent } from './run/report/events.ts'
import type { DecisionKind, Summary } from './run/report/summary.ts'
import type { Components, CountColumns, CreateOptions, RunComponents } from './run/request/options.ts'
import { readProvidersFile } from './run/request/providers-file.ts'
import { type Setting, settings } from './run/request/settings.ts'
import type { TaskTrace } from './run/scheduler/cells/model-cells.ts'
import {
  type ChooseCells,
  type ResumeOptions,
  type RetryRunOptions,
  type RunHandle,
  resumeRun,
  retryRun,
  startPreviewRun,
  startRun,
} from './run/start.ts'
import { simulatorTransport } from './simulate/server/transport.ts'
import { Encoder } from './store/parquet/encoder.ts'
import type { Row } from './store/parquet/parquet-rows.ts'
import type { ToolCheck } from './tools/toolbox/check-tools.ts'
import type { Verification } from './verify/found/findings.ts'
import { type VerifyOptions, verifyDataset } from './verify/verify.ts'
import { readWorkflowFile, validateSteps, type WorkflowValidation } from './workflow/load.ts'
import type { WorkflowOptions } from './workflow/options.ts'
import type { StepStatus } from './workflow/record.ts'
import { startWorkflowRun, type WorkflowEvent, type WorkflowOutcome } from './workflow/run.ts'
import { isWorkflowFolder, readWorkflowStatus, type WorkflowStatus } from './workflow/status.ts'

/** How a workflow ended, or stands where it stopped. */
export type WorkflowSummary = Omit<WorkflowOutcome, 'runs'>

/** What can be read from a dataset directory; needs no lock, also while a run is on. */
export interface Dataset {
  /** The dataset directory. */
  readonly path: string
  /**
   * Whole dataset: every row, in order, one file in memory at a time. Integers are numbers unless `integers` says otherwise; one that
   * no number holds ends the iteration with a RowsmithError `integer_too_large`.
   */
  rows(options?: ReadOptions): AsyncIterable<Row>
  /** Whole dataset: the rows as they were generated, before the processors of the after-generation stage; `rows` where there are none. */
  rawRows(options?: ReadOptions): AsyncIterable<Row>
  /** Whole dataset: rows in it. */
  countRecords(): Promise<number>
  /** Whole dataset: its statistics, one object per column, as stored with it, else counted now; null when it has no rows yet. */
  loadAnalysis(): Promise<readonly ValueObject[] | null>
  /**
   * Whole dataset: what a schema_transform processor made of its rows, in row order. The iteration throws a RowsmithError
   * `unknown_processor` for another name.
   */
  loadProcessorDataset(name: string, options?: ReadOptions): AsyncIterable<Row>
  /** Whole dataset: writes its rows, or some of them, to one file; see `exportDataset`. */
  export(options?: ExportOptions): Promise<Exported>
}

/** A finished run, and the dataset it belongs to. */
export interface Results extends Dataset {
  /** This invocation: what was done with the directory that was found. */
  readonly decision: DecisionKind
  /** The object that `--json` prints; each field says whether it is about the whole dataset or this invocation. */
  readonly summary: Summary
  /**
   * This invocation: true when it stopped because answers kept failing and the run config has `salvage`, so that the
   * surviving rows are published. Without `salvage` such a run rejects with the code `early_shutdown`.
   */
  readonly earlyShutdown: boolean
  /** This invocation: the first failure that cost a row, or null. */
  readonly firstNonRetryableError: RowsmithError | null
  /** This invocation: one entry per model cell made, when the run config has `async_trace`; else empty. */
  readonly taskTraces: readonly TaskTrace[]
}

/** A preview, and the small dataset it is kept in. */
export interface Preview extends Results {
  /** In config order, dropped ones too. */
  readonly columns: readonly PreviewColumn[]
  /** The first rows, lost ones with their reason. */
  readonly records: readonly PreviewRecord[]
}

/** What a preview may be told: as `create`, but for what only a dataset needs. */
export type PreviewOptions = Omit<CreateOptions, 'resume'> & ReadOptions

/** Which cells to ask for again, and what else a retry may be told. */
export type RetryOptions = RetryFilter &
  RetryRunOptions & {
    /**
     * How long the answers asked for may be, in tokens, in place of `max_tokens` of the model: for answers that were cut off. Holds for
     * the cells that are named, not for those that are made from them.
     */
    readonly answerTokens?: number
  }

/** A run under way. */
export interface Run<R = Results> {
  /** Everything that happens from now on, until the run ends. May be watched several times, or not at all. */
  events(): AsyncIterable<RunEvent>
  /** Resolves when every row has a fate; rejects with a RowsmithError that says what stopped the run and what to do. */
  readonly result: Promise<R>
}

/**
 * Starts making a dataset, or goes on with it: the same call after a stop of any kind continues where it was.
 *
 * @param config a config as `defineConfig` or `loadConfig` gives it, or the path of a file
 */
export function start(
  config: Config | ConfigInput | string,
  options: CreateOptions = {},
  components: Components = {},
): Run {
  const load = () => configOf(config)
  return asRun(startRun(load, options, withTransport(components)), components)
}

/**
 * Makes a dataset and waits for it: `start` without watching.
 *
 * @throws RowsmithError what stopped the run; `summary` on it says how far it came. Under `--throw-deprecation`, for a
 *   config with `allow_resize`: the DeprecationWarning itself, before anything is written
 */
export function create(
  config: Config | ConfigInput | string,
  options: CreateOptions = {},
  components: Components = {},
): Promise<Results> {
  return start(config, options, components).result
}

/**
 * Starts making the first rows of a dataset, to look at. They are kept in `.rowsmith-previews` in the artifact folder: the
 * same preview again buys nothing, and a new dataset of the same rows takes its seed and its answers.
 *
 * @param options `numRecords` is 10 unless given
 */
export function startPreview(
  config: Config | ConfigInput | string,
  options: PreviewOptions = {},
  components: Components = {},
): Run<Preview> {
  const load = () => configOf(config)
  const handle = startPreviewRun(load, options, withTransport(components))
  const messages = lostRows(handle.events())
  const result = handle.outcome.then(async (outcome) => {
    const { dataset_path: path } = outcome.summary
    const rows = options.numRecords ?? settings.numRecords.default
    const shown = await previewRecords(components.disk ?? nodeDisk, path, rows, await messages)
    const convert = integerReader(options)
    const records = shown.records.map((record) =>
      record.values === null ? record : { ...record, values: convert(record.values, record.row) },
    )
    return { ...asResults(outcome, components), columns: shown.columns, records }
  })
  result.catch(() => {})
  return { events: () => handle.events(), result }
}

/**
 * Makes the first rows of a dataset and waits for them: `startPreview` without watching.
 *
 * @throws RowsmithError what stopped the run
 */
export function preview(
  config: Config | ConfigInput | string,
  options: PreviewOptions = {},
  components: Components = {},
): Promise<Preview> {
  return startPreview(config, options, components).result
}

/** Why rows are lost, by row, once the run is over. */
async function lostRows(events: AsyncIterable<RunEvent>): Promise<ReadonlyMap<number, string>> {
  const messages = new Map<number, string>()
  for await (const event of events) if (event.type === 'row-dropped') messages.set(event.row, event.message)
  return messages
}

/** Goes on with a dataset directory. Whatever is not given is taken from the dataset, as it was last started. */
export function resume(directory: string, options: ResumeOptions = {}, components: Components = {}): Run {
  return asRun(resumeRun(directory, options, withTransport(components)), components)
}

/**
 * Asks for cells of a dataset again: those that failed, or those that `options` name, and what depends on them. Row groups are
 * replaced whole, by ones that hold every row there was; a row that cannot be had anew stays as it is. Stopped anywhere, the same
 * call or `resume` goes on.
 */
export function retry(directory: string, options: RetryOptions = {}, components: Components = {}): Run {
  const { request, rest } = retryRequest(options)
  return asRun(retryRun(directory, request, rest, withTransport(components)), components)
}

/**
 * What `start` would ask for, and what that would cost; nothing is sent, nothing is written. Tokens are told from answers to the same
 * columns: make a preview first.
 *
 * @throws RowsmithError as `start` before its first byte
 */
export async function forecast(
  config: Config | ConfigInput | string,
  options: CreateOptions = {},
  components: Components = {},
): Promise<Forecast> {
  return forecastCreate(await configOf(config), options, withTransport(components))
}

/** What `resume` would ask for; see `forecast`. @throws RowsmithError as `resume` before its first byte */
export function forecastOfResume(
  directory: string,
  options: ResumeOptions = {},
  components: Components = {},
): Promise<Forecast> {
  return forecastResume(directory, options, withTransport(components))
}

/** What `retry` would ask for; see `forecast`. @throws RowsmithError as `retry` before its first byte */
export function forecastOfRetry(
  directory: string,
  options: RetryOptions = {},
  components: Components = {},
): Promise<Forecast> {
  const { request, rest } = retryRequest(options)
  return forecastRetry(directory, request, rest, withTransport(components))
}

/** One stage of a workflow, as it stands. */
export interface StageResults {
  readonly name: string
  readonly status: StepStatus
  /** Null for a stage that has none. */
  readonly dataset: Dataset | null
  /** This invocation: null for a stage that it did not run. */
  readonly results: Results | null
}

/** A workflow that ran to its end, or to the stage it was asked for. */
export interface WorkflowResults {
  /** The folder that holds the datasets of its stages. */
  readonly path: string
  /** In order. */
  readonly stages: readonly StageResults[]
  /** The dataset of a stage. @throws RowsmithError unknown_stage, also for one that has none */
  stage(name: string): Dataset
  /** What `--json` prints of it. */
  readonly summary: WorkflowSummary
}

/**
 * Starts a workflow: stages, each a dataset of its own that starts from the rows of the one before. The same call after a stop of
 * any kind goes on where it was.
 *
 * @param workflow as `loadWorkflow` or `workflowFromValue` gives it, or the path of a file
 */
export function startWorkflow(
  workflow: Workflow | string,
  options: WorkflowOptions = {},
  components: Components = {},
): WorkflowRun {
  const load = () => (typeof workflow === 'string' ? loadWorkflow(workflow) : workflow)
  const handle = startWorkflowRun(load, options, withTransport(components))
  const result = handle.outcome.then((outcome) => asWorkflowResults(outcome, components))
  result.catch(() => {})
  return { events: () => handle.events(), result }
}

/** A workflow under way. */
export interface WorkflowRun {
  /** Stages as they begin, and everything that happens in them. */
  events(): AsyncIterable<WorkflowEvent>
  /** Rejects with the RowsmithError of the stage that stopped, which names it; `summary` on it is a `WorkflowSummary`. */
  readonly result: Promise<WorkflowResults>
}

/** Runs a workflow and waits for it: `startWorkflow` without watching. @throws RowsmithError what stopped it */
export function createWorkflow(
  workflow: Workflow | string,
  options: WorkflowOptions = {},
  components: Components = {},
): Promise<WorkflowResults> {
  return startWorkflow(workflow, options, components).result
}

/**
 * Reads a workflow file, and the configs that its stages name.
 *
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid
 */
export function loadWorkflow(path: string): Promise<Workflow> {
  return readWorkflowFile(path, readText, loadConfig)
}

/** Whether a file holds a workflow rather than a config. @throws RowsmithError config_not_found, config_unreadable */
export async function isWorkflowFile(path: string): Promise<boolean> {
  requireNoPython(path)
  return !isCodePath(path) && looksLikeWorkflow(parseYaml(await readText(path), path).value)
}

/**
 * Loads what a file holds, a config or a workflow; it is read once, so that it may be a pipe.
 *
 * @throws RowsmithError as `loadConfig`
 */
export async function loadConfigOrWorkflow(
  path: string,
  args: readonly string[] = [],
): Promise<{ readonly config: Config } | { readonly workflow: Workflow }> {
  if (isCodePath(path) || args.length > 0) return { config: await loadConfig(path, args) }
  const text = await configText(path)
  const readOnce = async (name: string) => (name === path ? text : readText(name))
  const name = shownPath(path)
  if (!looksLikeWorkflow(parseYaml(text, name).value)) return { config: parseConfig(text, name) }
  requireNoWebAddress(path, 'a workflow, which')
  return { workflow: await readWorkflowFile(path, readOnce, loadConfig) }
}

/** Checks every stage of a workflow with the columns it will get, offline. @throws RowsmithError as `validate` */
export function validateWorkflow(
  workflow: Workflow,
  options: Pick<ValidateOptions, 'providers' | 'env'> = {},
): Promise<WorkflowValidation> {
  return validateSteps(workflow, options)
}

/** How far a workflow is; undefined for a folder that is none of a workflow. Needs no lock, also while it runs. */
export async function workflowStatus(
  folder: string,
  components: Components = {},
): Promise<WorkflowStatus | undefined> {
  const disk = components.disk ?? nodeDisk
  return (await isWorkflowFolder(disk, folder)) ? readWorkflowStatus(disk, folder) : undefined
}

/**
 * Loads a config: YAML or JSON, or a module (`.ts`, `.js` and their kin) whose default export is one. A module is run: it is the user's own program.
 *
 * @param path a file; YAML and JSON also at a web address, https or http on loopback
 * @param args what the function is called with that a module exports
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid
 */
export async function loadConfig(path: string, args: readonly string[] = []): Promise<Config> {
  requireNoPython(path)
  if (!isCodePath(path)) {
    if (args.length > 0) throw noArgs(path)
    return parseConfig(await configText(path), shownPath(path))
  }
  requireNoWebAddress(path, 'code, which')
  return loadCodeConfig(path, await reading(path, () => sourceHash(nodeDisk, path)), args)
}

/**
 * A config in another form, with the same `config_hash`; what Data Designer's builder wrote too.
 *
 * @param path as for `loadConfig`
 * @returns the text of a file
 * @throws RowsmithError as `loadConfig`; usage when that form cannot hold it, as functions
 */
export async function convertConfig(
  path: string,
  to: ConfigFormat,
  args: readonly string[] = [],
): Promise<string> {
  if (isCodePath(path) || args.length > 0) return convertCode(await loadConfig(path, args), to)
  requireNoPython(path)
  return convertText(await configText(path), shownPath(path), to)
}

/** The keys a run config file gives. @throws RowsmithError config_not_found, config_unreadable, config_invalid */
export async function loadRunConfig(path: string): Promise<Partial<RunConfig>> {
  return parseRunConfig(await readText(path), path)
}

/** What Data Designer keeps in its home folder. */
export interface Home {
  /** For configs that name no models; see `withDefaultModels`. */
  readonly modelConfigs: readonly ModelConfig[]
  /** The path of its providers, when they are there. */
  readonly providersFile: string | null
}

/**
 * Reads `model_configs.yaml` of Data Designer's home folder, and looks for its `model_providers.yaml`. Where the first is not there, it is
 * what Data Designer would put there: `nvidia-text` and eleven more.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export async function loadHome(folder: string, components: Components = {}): Promise<Home> {
  const { disk = nodeDisk } = components
  const isThere = async (path: string) => (await disk.stat(path))?.kind === 'file'
  const models = join(folder, 'model_configs.yaml')
  const providers = join(folder, 'model_providers.yaml')
  return {
    modelConfigs: (await isThere(models))
      ? parseDefaultModels(await readText(models), models)
      : builtInModels,
    providersFile: (await isThere(providers)) ? providers : null,
  }
}

/**
 * Asks every model that a config uses the smallest question of its kind, all at once, and tells what came of it. This costs
 * a request each; a run never does it.
 *
 * @param config a config, or models to be checked all
 * @throws RowsmithError unknown_model_alias for an alias that is nowhere; config_not_found for a TLS file. What is wrong with
 *   a model is in the result
 */
export function checkModels(
  config: Config | readonly ModelConfig[],
  options: CheckModelsOptions = {},
  components: Components = {},
): Promise<ModelCheck[]> {
  return checkModelsOf(config, options, withTransport(components))
}

/**
 * Asks one model one question, outside of a run: one request, of which nothing is kept.
 *
 * @param config a config, or models
 * @throws RowsmithError unknown_model_alias, usage for an image model; what is wrong with the model or its answer
 */
export function askModel(
  config: Config | readonly ModelConfig[],
  alias: string,
  prompt: string,
  options: AskOptions = {},
  components: Components = {},
): Promise<ModelAnswer> {
  return askModelOf(config, alias, prompt, options, withTransport(components))
}

/**
 * Connects to every provider of tools that a config uses, or starts it, and tells what it has and what is missing. Nothing is called; what
 * was started is stopped again.
 *
 * @throws RowsmithError config_invalid; the signal's reason. What is wrong with a provider or an alias is in the result
 */
export function checkTools(
  config: Config,
  options: CheckToolsOptions = {},
  components: Components = {},
): Promise<ToolCheck[]> {
  return checkToolsOf(config, options, withTransport(components))
}

/** Providers, in the shape of Data Designer's `model_providers.yaml`. @throws RowsmithError as `loadConfig` */
export async function loadProviders(path: string): Promise<ProviderConfig[]> {
  return readProvidersFile(path, readText)
}

/**
 * The value of a setting that a file holds; see `settings`.
 *
 * @throws RowsmithError config_not_found, config_unreadable, config_invalid; usage for a setting that no file holds
 */
export async function loadSetting(name: string, path: string): Promise<unknown> {
  const { file } = Object.entries<Setting>(settings).find(([each]) => each === name)?.[1] ?? {}
  if (file === undefined) throw new RowsmithError('usage', `No file holds the setting ${name}`)
  return file.read(path, readText)
}

/** Where tools come from, in the shape of Data Designer's `mcp_providers.yaml`. @throws RowsmithError as `loadConfig` */
export async function loadMcpProviders(path: string): Promise<McpProviderConfig[]> {
  return parseMcpProviders(await readText(path), path)
}

/** How a simulated provider behaves; docs/simulator.md has every key. @throws RowsmithError as `loadConfig` */
export async function loadScenario(path: string): Promise<Scenario> {
  return parseScenario(await readText(path), path)
}

/**
 * Checks a config as far as it can be without a network or a dataset. A seed dataset that is there is read through.
 *
 * @throws RowsmithError config_invalid, template_invalid, unknown_model_alias, unknown_provider, seed_unreadable, persons_unreadable
 */
export async function validate(
  config: Config | ConfigInput,
  options: ValidateOptions = {},
): Promise<Validation> {
  return validateConfig(await configOf(config), options)
}

/**
 * Everything that is known of one row: prompts, attempts, answers, verdicts, tokens, cost, times. Needs no lock, also while it is
 * being made.
 *
 * @throws RowsmithError dataset_not_found; usage for a row that is not planned; unknown_column; answers_missing
 */
export function inspect(
  directory: string,
  options: { readonly row: number; readonly column?: string },
  components: Components = {},
): Promise<InspectedRow> {
  const { disk, encoder } = readingOf(components)
  return inspectRow(disk, encoder, directory, options.row, options.column ?? null)
}

/** What happened to a dataset, over all processes, oldest first; needs no lock. @throws RowsmithError dataset_not_found */
export function history(directory: string, components: Components = {}): Promise<readonly HistoryEntry[]> {
  return readHistory(components.disk ?? nodeDisk, directory)
}

/** What unfinished rows of a dataset need beside it, where its config is code: that config, whose functions are run. */
export interface MadeFrom {
  readonly config?: Config
}

/**
 * How far a dataset is; needs no lock, also while a run is on.
 *
 * @param components `unfinished`: also how many rows of unfinished row groups are there, which makes them again from kept answers
 * @throws RowsmithError dataset_not_found
 */
export async function status(
  directory: string,
  components: Components & MadeFrom & { readonly unfinished?: boolean } = {},
): Promise<DatasetStatus> {
  const reading = readingOf(components)
  const found = await readStatus(reading.disk, directory)
  if (components.unfinished !== true || found.open_groups.begun === 0) return found
  return { ...found, unfinished: await countUnfinished(reading, directory) }
}

/**
 * Holds every file of a dataset against what was written, also while a run is on; with `repair` it mends what it can, with
 * `replay` it derives the dataset once more from the kept answers. Sends no request. What is wrong is in the result.
 *
 * @throws RowsmithError dataset_not_found; dataset_in_use for a repair; of class storage
 */
export function verify(
  directory: string,
  options: VerifyOptions = {},
  components: Components = {},
): Promise<Verification> {
  const { disk = nodeDisk, encoder = () => Encoder.start(), clock } = components
  return verifyDataset(directory, options, { disk, encoder, ...(clock === undefined ? {} : { clock }) })
}

/**
 * The first rows of a dataset; needs no lock.
 *
 * @param components `raw`: as they were generated, before the processors of the after-generation stage
 * @throws RowsmithError dataset_not_found
 */
export function head(
  directory: string,
  count = 5,
  components: Components & ReadOptions & { readonly raw?: boolean } = {},
): Promise<Row[]> {
  const dataset = loadDataset(directory, components)
  return firstRows(components.raw ? dataset.rawRows(components) : dataset.rows(components), count)
}

/**
 * The first rows that are there, also of row groups that are not finished; needs no lock, sends nothing.
 *
 * @param components `raw`: as they were generated, before the processors of the after-generation stage
 * @throws RowsmithError dataset_not_found, journal_damaged
 */
export async function headSoFar(
  directory: string,
  count = 5,
  components: Components & MadeFrom & ReadOptions & { readonly raw?: boolean } = {},
): Promise<RowsSoFar> {
  const found = await rowsSoFar(readingOf(components), directory, count, components.raw === true)
  return { ...found, rows: await firstRows(withIntegers(toAsync(found.rows), components), count) }
}

/**
 * The first rows that a schema_transform processor made; needs no lock.
 *
 * @throws RowsmithError dataset_not_found, unknown_processor, companion_missing
 */
export function headOfProcessor(
  directory: string,
  processor: string,
  count = 5,
  components: Components & ReadOptions = {},
): Promise<Row[]> {
  return firstRows(loadDataset(directory, components).loadProcessorDataset(processor, components), count)
}

/** A dataset directory that is there, whoever made it. Nothing is read before it is asked for. */
export function loadDataset(directory: string, components: Components = {}): Dataset {
  const disk = components.disk ?? nodeDisk
  const dataset = new DatasetResults(disk, directory)
  return {
    path: directory,
    rows: (options) => withIntegers(dataset.rows(), options),
    rawRows: (options) => withIntegers(dataset.rows(true), options),
    countRecords: () => dataset.countRecords(),
    loadAnalysis: () => readAnalysis(disk, directory),
    loadProcessorDataset: (name, options) => withIntegers(processorRows(disk, directory, name), options),
    export: (options) => exportRows(disk, directory, options, components.encoder),
  }
}

/**
 * Counts what is in the columns of a dataset, also while it is being made: nulls, distinct values, and by type of column how samplers
 * drew, what is valid, how judges scored. Asks no model, changes no byte.
 *
 * @throws RowsmithError dataset_not_found, duckdb_missing, io_error
 */
export function profile(directory: string, components: Components & MadeFrom = {}): Promise<DatasetProfile> {
  return profileDataset(readingOf(components), directory)
}

/** The statistics of a dataset, stored with it, else counted now. @throws RowsmithError dataset_not_found, metadata_corrupt, duckdb_missing */
export function loadAnalysis(
  directory: string,
  components: Components = {},
): Promise<readonly ValueObject[] | null> {
  return loadDataset(directory, components).loadAnalysis()
}

/**
 * Writes the rows of a dataset to one file, whole or not at all.
 *
 * @throws RowsmithError dataset_incomplete unless `partial`; unknown_column, where_invalid, or a storage error
 */
export function exportDataset(
  directory: string,
  options: ExportOptions = {},
  components: Components = {},
): Promise<Exported> {
  return loadDataset(directory, components).export(options)
}

/**
 * Writes a text to a file, as an export is written: whole or not at all, to where a link leads, into a device or a pipe.
 *
 * @throws RowsmithError output_exists unless `overwrite`, usage for a folder, or a storage error
 */
export async function writeNamed(
  path: string,
  text: string,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const output = await outputAt(nodeDisk, path, { overwrite, check: () => {} })
  await writeOutput(nodeDisk, output, (take) => take(Buffer.from(text)))
}

function retryRequest({ where, rows, columns, codes, finishReason, answerTokens, ...rest }: RetryOptions) {
  if (answerTokens !== undefined && !(Number.isSafeInteger(answerTokens) && answerTokens >= 1)) {
    throw new RowsmithError('usage', `answerTokens must be a whole number of at least 1, not ${answerTokens}`)
  }
  const filter = pickGiven({ where, rows, columns, codes, finishReason })
  const choose: ChooseCells = (directory, run, all) => chooseCells(directory, run, all, filter)
  const filterOf = filterText(filter, answerTokens)
  return { request: { filter: filterOf, choose, ...pickGiven({ answerTokens }) }, rest }
}

function readingOf({
  disk = nodeDisk,
  encoder = () => Encoder.start(),
  config,
}: Components & MadeFrom): Reading {
  return { disk, encoder, config }
}

async function* toAsync<T>(values: Iterable<T>): AsyncGenerator<T, void, undefined> {
  yield* values
}

function withTransport(components: Components): RunComponents {
  // DuckDB reads the machine's own disk, and no other.
  const statistics: CountColumns | null =
    components.disk === undefined
      ? (directory, signal) => columnStatistics(nodeDisk, directory, signal)
      : null
  return { transport: defaultTransport, statistics, ...components }
}

const defaultTransport: RunComponents['transport'] = (provider, connections, network) => {
  if (provider.provider_type !== 'simulator') {
    return undiciTransport({ connections, http2: provider.http2, ...network })
  }
  const { name, scenario } = provider
  if (typeof scenario === 'string') {
    throw new RowsmithError(
      'usage',
      `The scenario of provider "${name}" is a path: give what loadScenario() makes of it`,
    )
  }
  return simulatorTransport(scenario?.latency === undefined ? { latencyMs: 20, scenario } : { scenario })
}

/** A config as it may be given: loaded, written in the program, or as a file. */
async function configOf(config: Config | ConfigInput | string): Promise<Config> {
  if (typeof config === 'string') return loadConfig(config)
  // Callers without types may give anything: what is no object is told of by the run.
  if (typeof config !== 'object' || config === null || isLoaded(config)) return config as Config
  return configFromCode(config, 'config')
}

/** Without what is undefined. */
function pickGiven<T extends object>(fields: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}

function asRun(handle: RunHandle, components: Components): Run {
  const result = handle.outcome.then((outcome) => asResults(outcome, components))
  result.catch(() => {})
  return { events: () => handle.events(), result }
}

function asResults(outcome: RunOutcome, components: Components): Results {
  const { summary, taskTraces, firstNonRetryableError } = outcome
  return {
    ...loadDataset(summary.dataset_path, components),
    decision: summary.decision,
    summary,
    earlyShutdown: outcome.earlyShutdown,
    firstNonRetryableError,
    taskTraces,
  }
}

function asWorkflowResults(outcome: WorkflowOutcome, components: Components): WorkflowResults {
  const { runs, ...summary } = outcome
  const stages = summary.stages.map(({ name, status, dataset_path: path }): StageResults => {
    const run = runs.get(name)
    return {
      name,
      status,
      dataset: path === null ? null : loadDataset(path, components),
      results: run === undefined ? null : asResults(run, components),
    }
  })
  return {
    path: summary.workflow_path,
    stages,
    summary,
    stage(name) {
      const dataset = stages.find((step) => step.name === name)?.dataset ?? null
      if (dataset !== null) return dataset
      throw new RowsmithError('unknown_stage', `There is no dataset of a stage "${name}"`, {
        facts: { stage: name },
      })
    },
  }
}

/** What stands in a config file, or at a web address. */
function configText(path: string): Promise<string> {
  return isWebAddress(path) ? webText(path, process.env) : readText(path)
}

/** What messages call a file. */
function shownPath(path: string): string {
  return isWebAddress(path) ? shownAddress(path) : path
}

function requireNoWebAddress(path: string, what: string): void {
  if (!isWebAddress(path)) return
  throw new RowsmithError('usage', `${shownAddress(path)} is ${what} is never taken from a web address`, {
    nextStep: 'Download it, look at it, and give its path.',
  })
}

function readText(path: string): Promise<string> {
  return reading(path, async () => new TextDecoder().decode(await nodeDisk.readFile(path)))
}

/** What a file holds. @throws RowsmithError config_not_found when it cannot be read */
async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    const why =
      errnoOf(error) === 'ENOENT'
        ? 'does not exist'
        : `cannot be read (${errnoOf(error) ?? 'unknown reason'})`
    throw new RowsmithError('config_not_found', `${path} ${why}`, { facts: { path }, cause: error })
  }
}

export { type ErrorClass, type ErrorCode, errorCodes } from './base/errors/error-codes.ts'
export { asRowsmithError, errnoOf, type Facts as ErrorFacts, RowsmithError } from './base/errors/errors.ts'
export { formatJson } from './base/values/json.ts'
export type { Value, ValueObject } from './base/values/value.ts'
export type { Clock } from './base/work/clock.ts'
export { type ConfigInput, configFromCode, defineConfig, type TypedConfig } from './code/from-code.ts'
export {
  type CellFunction,
  customColumnGenerator,
  type FunctionModel,
  type FunctionRow,
  type FunctionTools,
  type FunctionType,
  fullColumnGenerator,
  type Generated,
  type GenerateOptions,
  type GeneratorOptions,
  type GroupFunction,
} from './code/functions.ts'
export { type ConfigFormat, configFormats } from './config/convert/write-config.ts'
export { withDefaultModels } from './config/files/default-models.ts'
export type { McpProviderConfig } from './config/files/mcp-providers.ts'
export type { Price } from './config/files/prices.ts'
export type { ProviderConfig } from './config/files/providers.ts'
export type { RunConfig } from './config/files/run-config.ts'
export { type Scenario, scenarioFromValue } from './config/files/scenario.ts'
export {
  type StepOutput,
  type Workflow,
  type WorkflowStep,
  workflowFromValue,
} from './config/files/workflow.ts'
export { configFromValue } from './config/form/load.ts'
export { personLocales } from './config/schema/samplers.ts'
export type { Config, ModelConfig } from './config/schema/schema.ts'
export type { Disk, DiskEntry, DiskFile } from './disk/disk.ts'
export type { AiSdkModel } from './models/ai-sdk/ai-sdk-model.ts'
export type { ModelCheck } from './models/connect/check-models.ts'
export type { Transport } from './models/http/transport.ts'
export type { ProcessedRow, RowsFunction } from './post/table.ts'
export type { AskOptions, ModelAnswer } from './preflight/ask-model.ts'
export type { CheckModelsOptions } from './preflight/check-models.ts'
export type { CheckToolsOptions } from './preflight/check-tools.ts'
export type { ColumnForecast, Forecast, ForecastRange } from './preflight/forecast-summary.ts'
export type { ValidateOptions, Validation } from './preflight/validate.ts'
export type { Exported, ExportOptions } from './results/export/export.ts'
export { type ExportFormat, exportFormats } from './results/export/export-formats.ts'
export type { ColumnProfile, DatasetProfile } from './results/profile/profile.ts'
export type { RetryFilter } from './results/retry/choose-cells.ts'
export type { ReadOptions } from './results/rows/integers.ts'
export type { PreviewColumn, PreviewRecord } from './results/rows/preview-records.ts'
export type { RowsSoFar, UnfinishedCount } from './results/rows/unfinished.ts'
export type { HistoryEntry } from './results/status/history.ts'
export type { InspectedRow } from './results/status/inspect.ts'
export type { DatasetStatus } from './results/status/status.ts'
export { eventLine } from './run/report/event-lines.ts'
export type { ProgressEvent, RunEvent } from './run/report/events.ts'
export type { DecisionKind, Summary } from './run/report/summary.ts'
export type { Components, CreateOptions } from './run/request/options.ts'
export type { Reuse } from './run/request/setting-kinds.ts'
export {
  flagName,
  type RunCommand,
  runCommands,
  type Setting,
  type SettingGroup,
  settingGroups,
  settingRows,
  settings,
} from './run/request/settings.ts'
export type { TaskTrace } from './run/scheduler/cells/model-cells.ts'
export type { ResumeOptions } from './run/start.ts'
export type { ColumnAnswers } from './run/usage/column-answers.ts'
export type {
  EffectUsageReport,
  ModelUsageReport,
  UsageReport,
  UsageTotals,
} from './run/usage/usage-report.ts'
export type { SeedSummary } from './seed/dataset/describe.ts'
export { managedAssetsFolder } from './seed/dataset/persons.ts'
export { type Simulator, type SimulatorOptions, startSimulator } from './simulate/server/server.ts'
export { type SimulatorTransportOptions, simulatorTransport } from './simulate/server/transport.ts'
export type { SimulatorStats } from './simulate/traffic/meter.ts'
export type { Row } from './store/parquet/parquet-rows.ts'
export { type CompiledTemplate, compileForUsers as compileTemplate } from './template/rendering/for-users.ts'
export type { CheckedTool, ToolCheck, ToolProblem } from './tools/toolbox/check-tools.ts'
export {
  defineTool,
  type ToolContext,
  type ToolFunction,
  type ToolOptions,
} from './tools/toolbox/function-tool.ts'
export type {
  Finding,
  ReplayedGroup,
  Severity,
  Verification,
  VerifyProgress,
} from './verify/found/findings.ts'
export type { VerifyOptions } from './verify/verify.ts'
export type { WorkflowValidation } from './workflow/load.ts'
export type { WorkflowOptions } from './workflow/options.ts'
export type { RowsTransform } from './workflow/output.ts'
export type { StepStatus } from './workflow/record.ts'
export type { StepOutcome, WorkflowEvent } from './workflow/run.ts'
export type { WorkflowStatus } from './workflow/status.ts'
