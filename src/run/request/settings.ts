/**
 * The settings of a run: one row for each.
 *
 * A row gives the option of the library (`CreateOptions` has its name, its type and its comment), the flag of the command line with its
 * help, the default, and what launch.json remembers of it. `docs/options.md` is written from here. To add a setting, add a row, and use
 * its value where it matters: `ResolvedOptions` has it under its name.
 *
 * Example: `maxRequests` is `--max-requests 100` of `create`, `{ maxRequests: 100 }` of `create()`, and `max_requests` in launch.json.
 */
import { parseEnv } from 'node:util'
import { type McpProviderConfig, parseMcpProviders } from '../../config/files/mcp-providers.ts'
import type { ProviderConfig } from '../../config/files/providers.ts'
import { parseRunConfig } from '../../config/files/run-config.ts'
import type { RowsFunction } from '../../post/table.ts'
import type { PersonFile } from '../../seed/dataset/persons.ts'
import { readProvidersFile } from './providers-file.ts'
import {
  count,
  countLimit,
  duration,
  durationLimit,
  folderName,
  type Kind,
  live,
  modelOverrides,
  moneyLimit,
  onOff,
  randomSeed,
  resumeMode,
  reuse,
  runConfigKeys,
  shard,
  text,
  variables,
} from './setting-kinds.ts'

/** The commands that run something. `--dry-run` of one takes what the command takes. */
export const runCommands = ['create', 'preview', 'resume', 'retry', 'workflow'] as const
export type RunCommand = (typeof runCommands)[number]

/** Settings stand together in help texts and docs by what they are about, in this order. */
export const settingGroups = ['dataset', 'rows', 'requests', 'limits', 'stops', 'files'] as const
export type SettingGroup = (typeof settingGroups)[number]

/** The flag of a setting. */
export interface SettingFlag {
  /** As commander reads it: `-n, --num-records <n>`. */
  readonly flags: string
  readonly group: SettingGroup
  /** What it does, for each command that has it. */
  readonly help: Partial<Record<RunCommand, string>>
  /** Commands in which the default does not hold. @default it holds in each */
  readonly unset?: readonly RunCommand[]
}

/** A setting whose flag names a file, which is read for the value. */
interface SettingFile {
  /** @param read gives the text of a file @throws RowsmithError config_unreadable, config_invalid */
  readonly read: (path: string, read: (path: string) => Promise<string>) => Promise<unknown>
  /** The member of `launch` that holds the path, for `resume`. Absent: the path is not remembered. */
  readonly source?: string
  /** The member of launch.json that holds it. */
  readonly stored?: string
}

/** A row. */
export interface Setting {
  readonly kind: Kind<unknown>
  /** What it is when it is not given; a function where the process decides. Null: no limit, or the config decides. Undefined: nothing. */
  readonly default: unknown
  /** Absent: only a program can give it. */
  readonly flag?: SettingFlag
  /** The member of launch.json that remembers the value. */
  readonly stored?: string
  readonly file?: SettingFile
}

const everywhere = (help: string) => Object.fromEntries(runCommands.map((command) => [command, help]))
const whereCreated = (help: string) => ({ create: help, preview: help, workflow: help })

export const settings = {
  /** Rows of the whole dataset. @default 10 */
  numRecords: {
    kind: count,
    default: 10,
    flag: {
      flags: '-n, --num-records <n>',
      group: 'dataset',
      help: {
        create: 'rows of the dataset',
        preview: 'number of rows',
        resume: 'extend the dataset to this many rows',
        workflow: 'rows of the first step',
      },
      unset: ['resume', 'workflow'],
    },
  },
  /** Folder name below the artifact path. @default 'dataset' */
  datasetName: {
    kind: folderName,
    default: 'dataset',
    flag: {
      flags: '-d, --dataset-name <name>',
      group: 'dataset',
      help: {
        create: 'name of the dataset directory',
        preview: 'name of the dataset that is previewed',
        workflow: 'name of the folder of its datasets (default: name of the workflow)',
      },
      unset: ['workflow'],
    },
  },
  /** Folder that holds datasets; created when missing. @default 'artifacts' */
  artifactPath: {
    kind: text,
    default: 'artifacts',
    flag: {
      flags: '-o, --artifact-path <folder>',
      group: 'dataset',
      help: {
        create: 'folder that holds datasets',
        preview: 'folder that holds datasets',
        workflow: 'folder that holds the workflow folder',
      },
    },
  },
  /** @default 'if_possible': go on where the last run of the same dataset ended */
  resume: {
    kind: resumeMode,
    default: 'if_possible',
    flag: {
      flags: '-r, --resume <mode>',
      group: 'dataset',
      help: {
        create: 'continue an existing dataset: if_possible, always or never',
        workflow: 'continue an existing dataset: if_possible, always or never',
      },
    },
  },
  /**
   * Several processes make one dataset in a shared folder: this one makes its part first, then parts that no process makes. `1/4`, `auto`, or
   * `{ index: 1, count: 4 }`. @default null
   */
  shard: {
    kind: shard,
    default: null,
    flag: {
      flags: '--shard <i/n|auto>',
      group: 'dataset',
      help: {
        create:
          'make part i (from 0) of n, with other processes that share the folder; auto: of a Slurm or Kubernetes array',
        resume: 'make part i (from 0) of n first, with other processes that share the folder',
      },
    },
  },
  /** Whether its files keep the types of Rowsmith's columns where Data Designer stores others, as in stages of a workflow. @default false */
  ownTypes: { kind: onOff, default: false },
  /** Settings of the run, only those that differ from the defaults (or, on resume, from the stored ones). */
  runConfig: {
    kind: runConfigKeys,
    default: {},
    flag: {
      flags: '-c, --run-config <file>',
      group: 'rows',
      help: {
        create: 'YAML file with the run config, such as buffer_size',
        preview: 'YAML file with the run config',
        workflow: 'YAML file with the run config, such as buffer_size',
      },
    },
    file: { read: async (path: string, read: ReadText) => parseRunConfig(await read(path), path) },
    stored: 'run_config',
  },
  /** Other models for aliases of the config. @default those of the config */
  models: {
    kind: modelOverrides,
    default: [],
    flag: {
      flags: '--model <alias=provider/model>',
      group: 'rows',
      help: whereCreated('use this model for an alias; repeatable'),
    },
    stored: 'models',
  },
  /** Root of every random stream, 64 bits; a bigint beyond 2^53. @default drawn, and stored with the dataset */
  seed: {
    kind: randomSeed,
    default: null,
    flag: {
      flags: '--seed <n>',
      group: 'rows',
      help: whereCreated('random seed (default: random, stored with the dataset)'),
    },
  },
  /**
   * Where answers are taken from that were paid for already, where they match by row, column and request: the directory
   * of another dataset; `auto`: a preview of the same rows, and the dataset that this one is made next to; `none`.
   *
   * @default 'auto'
   */
  reuse: {
    kind: reuse,
    default: 'auto',
    flag: {
      flags: '--reuse <dataset_dir|auto|none>',
      group: 'rows',
      help: {
        create:
          'reuse answers of another dataset where requests are equal; auto: a preview of the same rows, and the dataset next to a new one',
        preview:
          'reuse answers of another dataset where requests are equal; auto: the previewed dataset, or its newest preview',
      },
    },
  },
  /** The functions of processors of type `function`, by the processor's name. */
  processors: { kind: live<Readonly<Record<string, RowsFunction>>>(), default: {} },
  /**
   * The rows of a seed dataset in memory, for a config whose seed is `{ seed_type: df }`: one plain object per row. `resume`
   * needs them again. @default none
   */
  seedRows: { kind: live<readonly object[]>(), default: undefined },
  /** Requests in flight per model, over what the config says. */
  maxParallelRequests: {
    kind: count,
    default: null,
    flag: {
      flags: '-j, --max-parallel-requests <n>',
      group: 'requests',
      help: everywhere('at most this many requests in flight per model'),
    },
    stored: 'max_parallel_requests',
  },
  /**
   * Never spend more than this on the dataset, over all runs of it: money in the currency of the prices. A run that would stops,
   * resumably, with `budget_reached`. Null: no limit. `resume` keeps what it is not given. @default null
   */
  maxCost: {
    kind: moneyLimit,
    default: null,
    flag: {
      flags: '--max-cost <amount>',
      group: 'limits',
      help: everywhere('maximum cost of the dataset over all runs; needs prices; none removes the limit'),
    },
    stored: 'max_cost',
  },
  /** The same for tokens, input and output. @default null */
  maxTokens: {
    kind: countLimit,
    default: null,
    flag: {
      flags: '--max-tokens <n>',
      group: 'limits',
      help: everywhere('maximum input plus output tokens over all runs'),
    },
    stored: 'max_tokens',
  },
  /** The same for requests. @default null */
  maxRequests: {
    kind: countLimit,
    default: null,
    flag: {
      flags: '--max-requests <n>',
      group: 'limits',
      help: everywhere('maximum number of requests over all runs'),
    },
    stored: 'max_requests',
  },
  /**
   * How long a run may take, in milliseconds. After that it stops, resumably, with `time_reached`. Null: no limit. `resume` keeps what it is
   * not given, and has the whole time again. @default null
   */
  maxTimeMs: {
    kind: durationLimit,
    default: null,
    flag: {
      flags: '--max-time <duration>',
      group: 'limits',
      help: everywhere('stop the run after this time, resumably; none removes the limit'),
    },
    stored: 'max_time_ms',
  },
  /** How long requests in flight may take to finish after a stop. @default 30000 */
  graceMs: {
    kind: duration,
    default: 30_000,
    flag: {
      flags: '--grace <duration>',
      group: 'stops',
      help: everywhere('how long a stop waits for requests in flight'),
    },
  },
  /** How long to wait for another writer. @default not at all for one that surely lives, 60000 for one that may be dead */
  waitForLockMs: {
    kind: duration,
    default: null,
    flag: {
      flags: '--wait-for-lock <duration>',
      group: 'stops',
      help: everywhere(
        'how long to wait for the lock (default: 0 if the other process is running, 60s if its state is unknown)',
      ),
    },
  },
  /** Ask, and pay, again for stored answers that are missing (`answers_lost`). Holds for this run alone. @default false */
  acceptLoss: {
    kind: onOff,
    default: false,
    flag: {
      flags: '--accept-loss',
      group: 'stops',
      help: everywhere('request, and pay for, missing stored answers again'),
    },
  },
  /**
   * Whether batches are made where `inference` says so. If not, everything is requested one by one; batches that are out are called back,
   * and what they answered is read. @default true
   */
  batches: {
    kind: onOff,
    default: true,
    flag: {
      flags: '--no-batch',
      group: 'stops',
      help: everywhere('ask for everything one by one; batches that are out are called back and read'),
    },
  },
  /** End once batches are handed over, in place of waiting for them: the same command, or `resume`, goes on later. @default false */
  detach: {
    kind: onOff,
    default: false,
    flag: {
      flags: '--detach',
      group: 'stops',
      help: everywhere('end once batches are handed over; the same command, or resume, goes on later'),
    },
  },
  /** Do nothing but call back the batches that are out, and read what they answered. @default false */
  callBack: { kind: onOff, default: false },
  /**
   * Send the requests of a batch again of which it is unknown whether the provider has it: the accounting counts them as unknown. Otherwise it
   * is waited for until that can be determined. @default false
   */
  resubmitUncertain: {
    kind: onOff,
    default: false,
    flag: {
      flags: '--resubmit-uncertain',
      group: 'stops',
      help: everywhere('pay again for a batch of which it is unknown whether the provider has it'),
    },
  },
  /** Stops the run, resumably. */
  signal: { kind: live<AbortSignal>(), default: undefined },
  /** Providers in addition to the built-in ones. */
  providers: {
    kind: live<readonly ProviderConfig[]>(),
    default: [],
    flag: {
      flags: '--providers <file>',
      group: 'files',
      help: everywhere('YAML file that defines providers'),
    },
    file: { read: readProvidersFile, source: 'providersFile', stored: 'providers_file' },
  },
  /** Where the tools of the config come from, as `loadMcpProviders` gives them. */
  mcpProviders: {
    kind: live<readonly McpProviderConfig[]>(),
    default: [],
    flag: {
      flags: '--mcp-providers <file>',
      group: 'files',
      help: everywhere('YAML file that defines MCP providers'),
    },
    file: {
      read: async (path: string, read: ReadText) => parseMcpProviders(await read(path), path),
      source: 'mcpProvidersFile',
      stored: 'mcp_providers_file',
    },
  },
  /** Where API keys, proxies and places are looked up. @default process.env; the command reads `.env` in addition, a program does not */
  env: {
    kind: variables,
    default: () => process.env,
    flag: {
      flags: '--env-file <file>',
      group: 'files',
      help: everywhere('read keys from this file instead of .env'),
    },
    file: {
      read: async (path: string, read: ReadText) => parseEnv(await read(path)),
      source: 'envFile',
      stored: 'env_file',
    },
  },
  /**
   * The managed assets folder of Data Designer: a `person` sampler reads `datasets/<locale>.parquet` in it. `resume` keeps it.
   * @default DATA_DESIGNER_MANAGED_ASSETS_PATH of `env`, else `managed-assets` in its DATA_DESIGNER_HOME or in `~/.data-designer`
   */
  managedAssets: {
    kind: text,
    default: null,
    flag: {
      flags: '--managed-assets <dir>',
      group: 'files',
      help: everywhere("Data Designer's folder with datasets/<locale>.parquet, for person samplers"),
    },
  },
} as const satisfies Record<string, Setting>

type ReadText = (path: string) => Promise<string>

type Rows = typeof settings
export type SettingName = keyof Rows

/** Each setting as a program gives it. */
export type GivenSettings = {
  readonly [K in keyof Rows]?: Rows[K]['kind'] extends Kind<infer Given, infer _> ? Given : never
}

/** Each setting as a run uses it; null or undefined, as its row says, for one that is not given and has no default. */
export type ResolvedSettings = {
  readonly [K in keyof Rows]: Rows[K]['kind'] extends Kind<infer _, infer Used>
    ? Rows[K]['default'] extends null | undefined
      ? Used | Rows[K]['default']
      : Used
    : never
}

/** The paths of files that settings were read from. */
export type SourceFiles = {
  readonly [K in keyof Rows as Rows[K] extends { file: { source: infer Source extends string } }
    ? Source
    : never]?: string
}

/** Where settings came from, so that `resume` finds them again. Never a key. */
export interface LaunchSources extends SourceFiles {
  /** Where a seed dataset with a relative path is looked for first. */
  readonly seedFolder?: string
  /** The managed assets folder of Data Designer, in which the person datasets were found. */
  readonly managedAssets?: string
  /** The person datasets as the last run read them: a file that did not change is not read through again. */
  readonly personFiles?: readonly PersonFile[]
}

/** The long name of a flag: `--num-records` of `-n, --num-records <n>`. */
export function flagName({ flags }: Pick<SettingFlag, 'flags'>): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags
}

/** Every row, with its name. */
export const settingRows: readonly (readonly [name: SettingName, row: Setting])[] = Object.entries(
  settings,
) as [SettingName, Setting][]
