/**
 * The front door of `rowsmith`: every public name of the core, by hand. The subpaths are in `entries/`, what stands behind them in `api/`.
 */
import './base/errors/node-version.ts'

export { validate } from './api/checks.ts'
export { type Dataset, type HeadOptions, type OpenOptions, open } from './api/dataset.ts'
export { estimate } from './api/estimate.ts'
export { loadConfig } from './api/load.ts'
export { type Preview, type PreviewOptions, preview } from './api/preview.ts'
export type { RetryOptions } from './api/retry-options.ts'
export { create, type Results, type Run, resume, retry } from './api/run.ts'
export type { GenerateOptions as RunOptions } from './api/run-options.ts'
export { type ErrorClass, type ErrorCode, errorCodes } from './base/errors/error-codes.ts'
export { type Facts as ErrorFacts, RowsmithError } from './base/errors/errors.ts'
export type { Value, ValueObject } from './base/values/value.ts'
export type { Clock } from './base/work/clock.ts'
export { type ConfigInput, defineConfig, type TypedConfig } from './code/from-code.ts'
export {
  type CellFunction,
  customColumn,
  type FunctionModel,
  type FunctionRow,
  type FunctionTools,
  type FunctionType,
  fullColumn,
  type Generated,
  type GenerateOptions,
  type GeneratorOptions,
  type GroupFunction,
} from './code/functions.ts'
export type { McpProviderConfig } from './config/files/mcp-providers.ts'
export type { Price } from './config/files/prices.ts'
export type { ProviderConfig } from './config/files/providers.ts'
export type { RunConfig } from './config/files/run-config.ts'
export type { Config, ModelConfig } from './config/schema/schema.ts'
export type { Disk, DiskEntry, DiskFile } from './disk/disk.ts'
export type { AiSdkModel } from './models/ai-sdk/ai-sdk-model.ts'
export type { Transport } from './models/http/transport.ts'
export type { ProcessedRow, RowsFunction } from './post/table.ts'
export type { ColumnForecast, Forecast, ForecastRange } from './preflight/forecast-summary.ts'
export type { ValidateOptions, Validation } from './preflight/validate.ts'
export type { DestinationOptions, ExportFormat } from './results/export/destination.ts'
export type { Exported, ExportOptions } from './results/export/export.ts'
export type { FileFormat } from './results/export/export-formats.ts'
export type { SplitCount, SplitOptions, SplitReport } from './results/export/splits.ts'
export type { Page, PageOptions, PageRow } from './results/pages/pages.ts'
export type { PositionOptions, PositionQuery } from './results/pages/positions.ts'
export type { DatasetChange, WatchOptions } from './results/pages/watch.ts'
export type { ColumnProfile } from './results/profile/profile.ts'
export type { DatasetProfile, ProfileOptions } from './results/quality/dataset-profile.ts'
export type { DatasetReport, ReportOptions } from './results/report/report.ts'
export type { RetryFilter } from './results/retry/choose-cells.ts'
export type { ReadOptions } from './results/rows/integers.ts'
export type { PreviewColumn, PreviewRecord } from './results/rows/preview-records.ts'
export type { RowsSoFar, UnfinishedCount } from './results/rows/unfinished.ts'
export type { HistoryEntry } from './results/status/history.ts'
export type { InspectedRow } from './results/status/inspect.ts'
export type { DatasetStatus } from './results/status/status.ts'
export type { TrainingFormat } from './results/training/training-formats.ts'
export type { SkippedRows, TrainingOptions } from './results/training/training-rows.ts'
export type { CellEvent, EventOptions, ProgressEvent, RunEvent } from './run/report/events.ts'
export type { DecisionKind, Summary } from './run/report/summary.ts'
export type { Components, CreateOptions, ResumeOptions } from './run/request/options.ts'
export type { Reuse } from './run/request/setting-kinds.ts'
export type { TaskTrace } from './run/scheduler/cells/model-cells.ts'
export type { ColumnAnswers } from './run/usage/column-answers.ts'
export type {
  EffectUsageReport,
  ModelUsageReport,
  UsageReport,
  UsageTotals,
} from './run/usage/usage-report.ts'
export type { SeedSummary } from './seed/dataset/describe.ts'
export type { Row } from './store/parquet/parquet-rows.ts'
export {
  defineTool,
  type ToolContext,
  type ToolFunction,
  type ToolOptions,
} from './tools/toolbox/function-tool.ts'
export { type DatasetBuilder, dataset, type TypedDataset } from './typed/dataset.ts'
export type {
  Finding,
  ReplayedGroup,
  Severity,
  Verification,
  VerifyProgress,
} from './verify/found/findings.ts'
export type { VerifyOptions } from './verify/verify.ts'
