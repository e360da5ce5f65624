/** The options `create` and `resume` share: how a run is run and told about, not what it makes. */
import { type Command, Option } from 'commander'
import { type CreateOptions, loadMcpProviders, loadProviders } from '../../../index.ts'
import { parseDuration } from '../../options/durations.ts'
import { readEnvironment } from '../../options/environment.ts'
import {
  type DropAllowance,
  type NoLimit,
  parseCount,
  parseDropAllowance,
  parseLimit,
  parseMoney,
} from '../../options/usage.ts'
import { logFormats, type Telling } from '../../run/run-command.ts'

export interface RunOptionValues {
  maxParallelRequests?: number
  maxDropped: DropAllowance
  maxCost?: number | NoLimit
  maxTokens?: number | NoLimit
  maxRequests?: number | NoLimit
  grace: number
  acceptLoss?: true
  waitForLock?: number
  providers?: string
  mcpProviders?: string
  envFile?: string
  managedAssets?: string
  json?: true
  quiet?: true
  verbose?: true
  logFormat: Telling['logFormat']
}

export function addRunOptions(command: Command): Command {
  return command
    .option('-j, --max-parallel-requests <n>', 'requests in flight per model, at most', (text) =>
      parseCount(text, '--max-parallel-requests', 1),
    )
    .addOption(
      new Option('--max-dropped <n|p%>', 'dropped rows that still count as success')
        .argParser(parseDropAllowance)
        .default({ rows: 0 }, '0'),
    )
    .option(
      '--max-cost <amount>',
      'never spend more on the dataset, over all runs; needs prices; none lifts the limit',
      (text) => parseMoney(text, '--max-cost'),
    )
    .option('--max-tokens <n>', 'never use more tokens, input and output, over all runs', (text) =>
      parseLimit(text, '--max-tokens'),
    )
    .option('--max-requests <n>', 'never send more requests, over all runs', (text) =>
      parseLimit(text, '--max-requests'),
    )
    .addOption(
      new Option('--grace <duration>', 'how long a stop waits for what is in flight')
        .argParser((text) => parseDuration(text, '--grace'))
        .default(30_000, '30s'),
    )
    .option(
      '--wait-for-lock <duration>',
      'wait this long for another writer (default: not for one that lives, 60s for one that may be dead)',
      (text) => parseDuration(text, '--wait-for-lock'),
    )
    .option('--accept-loss', 'ask, and pay, again for kept answers that are gone')
    .option('--providers <file>', 'YAML file that defines providers')
    .option('--mcp-providers <file>', 'YAML file that defines MCP providers, whose tools models may call')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .option(
      '--managed-assets <dir>',
      "Data Designer's folder with datasets/<locale>.parquet, for person samplers",
    )
    .option('--json', 'print one JSON object on stdout')
    .option('-q, --quiet', 'print only warnings and errors')
    .option('-v, --verbose', 'also print row groups, dropped rows, retries, causes of errors')
    .addOption(
      new Option(
        '--log-format <format>',
        'how stderr tells of the run: in sentences, or a JSON object a line',
      )
        .choices(logFormats)
        .default('text'),
    )
}

export function tellingOf(values: RunOptionValues): Telling {
  return {
    json: values.json === true,
    quiet: values.quiet === true,
    verbose: values.verbose === true,
    logFormat: values.logFormat,
    maxDropped: values.maxDropped,
  }
}

/** The settings of the front door these options stand for. */
export function runSettingsOf(
  values: RunOptionValues,
): Pick<
  CreateOptions,
  | 'managedAssets'
  | 'maxParallelRequests'
  | 'graceMs'
  | 'acceptLoss'
  | 'waitForLockMs'
  | 'maxCost'
  | 'maxTokens'
  | 'maxRequests'
> {
  return {
    graceMs: values.grace,
    ...(values.acceptLoss === undefined ? {} : { acceptLoss: values.acceptLoss }),
    ...(values.managedAssets === undefined ? {} : { managedAssets: values.managedAssets }),
    ...(values.maxCost === undefined ? {} : { maxCost: limitOf(values.maxCost) }),
    ...(values.maxTokens === undefined ? {} : { maxTokens: limitOf(values.maxTokens) }),
    ...(values.maxRequests === undefined ? {} : { maxRequests: limitOf(values.maxRequests) }),
    ...(values.waitForLock === undefined ? {} : { waitForLockMs: values.waitForLock }),
    ...(values.maxParallelRequests === undefined ? {} : { maxParallelRequests: values.maxParallelRequests }),
  }
}

/** Where keys and providers come from: what is in the files given, and which ones they were. */
export async function sourcesOf({
  providers,
  mcpProviders,
  envFile,
}: Pick<RunOptionValues, 'providers' | 'mcpProviders' | 'envFile'>): Promise<
  Pick<CreateOptions, 'env' | 'launch' | 'providers' | 'mcpProviders'>
> {
  return {
    env: readEnvironment(envFile),
    launch: {
      ...(providers === undefined ? {} : { providersFile: providers }),
      ...(mcpProviders === undefined ? {} : { mcpProvidersFile: mcpProviders }),
      ...(envFile === undefined ? {} : { envFile }),
    },
    ...(providers === undefined ? {} : { providers: await loadProviders(providers) }),
    ...(mcpProviders === undefined ? {} : { mcpProviders: await loadMcpProviders(mcpProviders) }),
  }
}

function limitOf(value: number | NoLimit): number | null {
  return value === 'none' ? null : value
}
