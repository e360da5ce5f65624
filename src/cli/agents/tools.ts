/**
 * What an MCP client can do: nine tools.
 *
 * Rules:
 *   1. Two may spend: `create`, and `preview` with `spend: true`. Both refuse without a budget.
 *   2. `preview` replaces every model by the simulator otherwise.
 *   3. Nothing is deleted, repaired or sent to another place.
 */
import { z } from 'zod'
import { asRowsmithError } from '../../base/errors/errors.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import { jsonSchema, schemaKinds } from '../../entries/config.ts'
import { promptsOf } from '../../entries/testing.ts'
import {
  type Config,
  type CreateOptions,
  estimate,
  open,
  type PageRow,
  type ProviderConfig,
  preview,
  RowsmithError,
  type TypedDataset,
  validate,
} from '../../index.ts'
import type { Runs } from './runs.ts'
import { configTypes, typesNamed } from './types.ts'
import type { Workspace } from './workspace.ts'

export interface ToolContext {
  readonly workspace: Workspace
  readonly runs: Runs
  readonly env: Readonly<Record<string, string | undefined>>
  readonly providers: readonly ProviderConfig[]
}

export interface AgentTool {
  readonly name: string
  readonly description: string
  readonly input: Readonly<Record<string, z.ZodType>>
  readonly hints: {
    readonly readOnlyHint: boolean
    readonly idempotentHint: boolean
    readonly openWorldHint: boolean
  }
  /** The object that is given back, as JSON. */
  call(given: never, context: ToolContext): Promise<object>
}

const reads = { readOnlyHint: true, idempotentHint: true, openWorldHint: false }
const config = z.string().describe('path of a config, within the folder of this server')
const dataset = z.string().describe('path of a dataset directory, within the folder of this server')
const rows = z.number().int().min(1)
const budget = {
  max_cost: z.number().positive().optional().describe('most that the dataset may cost; needs prices'),
  max_tokens: z.number().int().positive().optional().describe('most tokens of the dataset'),
  max_requests: z.number().int().positive().optional().describe('most requests of the dataset'),
}

interface Budget {
  readonly max_cost?: number
  readonly max_tokens?: number
  readonly max_requests?: number
}

/** Rule 1. */
function limitsOf({ max_cost: cost, max_tokens: tokens, max_requests: requests }: Budget): CreateOptions {
  if (cost === undefined && tokens === undefined && requests === undefined) {
    throw new RowsmithError('usage', 'This may spend money, and has no budget', {
      nextStep:
        'Give max_cost, max_tokens or max_requests. Call forecast first, and ask the user how much it may be.',
    })
  }
  return withoutUndefined({ maxCost: cost, maxTokens: tokens, maxRequests: requests })
}

/** Rule 2. */
function simulated({ model_configs: models }: Config): NonNullable<CreateOptions['models']> {
  return models.map(({ alias, model }) => ({ alias, provider: 'simulator', model }))
}

export const agentTools: readonly AgentTool[] = [
  {
    name: 'get_schema',
    description:
      'The fields of a type of a config, such as llm-text; all types without a name; or the JSON Schema of a kind of file.',
    input: { name: z.string().optional(), file: z.enum(schemaKinds).optional() },
    hints: reads,
    async call({ name, file }: { name?: string; file?: (typeof schemaKinds)[number] }) {
      if (file !== undefined) return jsonSchema(file)
      if (name === undefined) return { types: configTypes().map((each) => `${each.family}/${each.name}`) }
      const types = typesNamed(name)
      if (types.length > 0) return { types }
      throw new RowsmithError('usage', `There is no type "${name}"`, {
        nextStep: 'Call get_schema without a name.',
      })
    },
  },
  {
    name: 'validate_config',
    description: 'Checks a config as create would. Sends nothing.',
    input: { config },
    hints: reads,
    async call({ config: path }: { config: string }, { workspace, env, providers }: ToolContext) {
      return validate(await workspace.config(path), { env, providers })
    },
  },
  {
    name: 'render_prompts',
    description: 'The prompts of the first rows, as text. Answers stand as placeholders. Sends nothing.',
    input: { config, rows: rows.max(10).optional() },
    hints: reads,
    async call(
      { config: path, rows: count = 2 }: { config: string; rows?: number },
      { workspace }: ToolContext,
    ) {
      const loaded = await workspace.config(path)
      const declared = { toConfig: () => loaded } as unknown as TypedDataset<unknown>
      return { prompts: await promptsOf(declared, { rows: count }) }
    },
  },
  {
    name: 'preview',
    description:
      'The first rows, from the simulator. With spend: true from the models of the config, which costs money and needs a budget.',
    input: { config, rows: rows.max(20).optional(), spend: z.boolean().optional(), ...budget },
    hints: { readOnlyHint: false, idempotentHint: true, openWorldHint: true },
    async call(
      given: Budget & { config: string; rows?: number; spend?: boolean },
      { workspace, env, providers }: ToolContext,
    ) {
      const loaded = await workspace.config(given.config)
      const models = given.spend === true ? limitsOf(given) : { models: simulated(loaded) }
      const options = {
        rows: given.rows ?? 3,
        env,
        providers,
        artifactPath: workspace.path('artifacts'),
        ...models,
      }
      const { columns, records, summary } = await preview(loaded, { ...options, integers: 'string' })
      return { columns, records, requests_sent: summary.this_run.requests_sent, cost: summary.total.cost }
    },
  },
  {
    name: 'forecast',
    description: 'What create would request, and what that would cost. Sends nothing.',
    input: { config, rows },
    hints: reads,
    async call({ config: path, rows: count }: { config: string; rows: number }, context: ToolContext) {
      const { workspace, env, providers } = context
      const artifactPath = workspace.path('artifacts')
      return estimate(await workspace.config(path), { rows: count, env, providers, artifactPath })
    },
  },
  {
    name: 'status',
    description: 'How far a dataset is, and how the run ended that this server began.',
    input: { dataset },
    hints: reads,
    async call({ dataset: path }: { dataset: string }, { workspace, runs }: ToolContext) {
      const directory = workspace.path(path)
      const run = runs.of(directory)
      const status = await open(directory)
        .status()
        .catch((thrown: unknown) => {
          // A run that stopped before its first byte has no directory: its error says why.
          if (run === null) throw thrown
          return null
        })
      return { run, status }
    },
  },
  {
    name: 'read_rows',
    description: 'Rows of a dataset, at most 20: all, or those that a SQL condition chooses.',
    input: {
      dataset,
      where: z.string().optional().describe("a SQL condition, such as stars <= 2 AND tone = 'cold'"),
      columns: z.array(z.string()).optional(),
      offset: z.number().int().min(0).optional(),
      limit: rows.max(20).optional(),
    },
    hints: reads,
    async call(
      given: { dataset: string; where?: string; columns?: string[]; offset?: number; limit?: number },
      { workspace }: ToolContext,
    ) {
      const opened = open(workspace.path(given.dataset))
      const positions = given.where === undefined ? undefined : await opened.positions({ where: given.where })
      const page = await opened.page(given.offset ?? 0, given.limit ?? 20, {
        integers: 'string',
        ...withoutUndefined({ positions }),
      })
      return { ...page, rows: onlyColumns(page.rows, given.columns), matching: positions?.length ?? null }
    },
  },
  {
    name: 'inspect_row',
    description: 'Everything about one row: prompts, answers, attempts, failures, tokens, cost.',
    input: { dataset, row: z.number().int().min(0), column: z.string().optional() },
    hints: reads,
    async call(given: { dataset: string; row: number; column?: string }, { workspace }: ToolContext) {
      const { dataset: path, ...which } = given
      return open(workspace.path(path)).inspect(which)
    },
  },
  {
    name: 'create',
    description:
      'Begins a dataset, or continues it, and gives back its path at once: follow it by status. Costs money, and needs a budget. After any stop, the same call continues, and no answer is paid for twice.',
    input: {
      config,
      rows,
      name: z.string().optional().describe('of the dataset directory'),
      seed: z.number().int().optional(),
      ...budget,
    },
    hints: { readOnlyHint: false, idempotentHint: true, openWorldHint: true },
    async call(
      given: Budget & { config: string; rows: number; name?: string; seed?: number },
      { workspace, runs, env, providers }: ToolContext,
    ) {
      const limits = limitsOf(given)
      const path = await runs.begin(await workspace.config(given.config), {
        numRecords: given.rows,
        env,
        providers,
        artifactPath: workspace.path('artifacts'),
        ...withoutUndefined({ datasetName: given.name, seed: given.seed }),
        ...limits,
      })
      return { dataset: path, next: 'Call status with this dataset until its run has ended.' }
    },
  },
]

function onlyColumns(rows: readonly PageRow[], columns: readonly string[] | undefined): readonly PageRow[] {
  if (columns === undefined) return rows
  return rows.map((row) => ({
    ...row,
    values: row.values && Object.fromEntries(columns.map((name) => [name, row.values?.[name] ?? null])),
  }))
}

/** What a client is given of an error: never a stack. */
export function errorObject(thrown: unknown): object {
  const { code, message, facts, nextStep } = asRowsmithError(thrown)
  return { error: { code, message, facts, next_step: nextStep } }
}
