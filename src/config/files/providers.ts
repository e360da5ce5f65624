/**
 * Where models are reached: the file that `--providers` names, and the providers that are built in.
 */

import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { present } from '../../base/errors/present.ts'
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import { type Issue, issuesError, readBy } from '../reading/issues.ts'
import { byName, filledText, flag, float, freeMap, int, prepared, strict, text } from '../reading/lax.ts'
import { namedSource } from '../reading/source.ts'
import { didYouMean } from '../reading/suggest.ts'
import { parseYaml } from '../reading/yaml.ts'
import { type Inference, inference } from './inference.ts'
import { type Price, price } from './prices.ts'
import { type Scenario, scenarioFromValue, scenarioSchema } from './scenario.ts'

/**
 * What a provider speaks. Data Designer knows `openai` and `anthropic`; the others are Rowsmith's own. `azure`, `vllm`, `nim`, `ollama`
 * and `openrouter` are `openai` with habits of their own; `simulator` answers inside the process, without a network.
 */
const providerTypes = [
  'openai',
  'azure',
  'vllm',
  'nim',
  'ollama',
  'openrouter',
  'anthropic',
  'gemini',
  'simulator',
] as const

export interface ProviderConfig {
  readonly name: string
  /** The base URL, to which routes like `/chat/completions` are added. */
  readonly endpoint: string
  readonly provider_type: (typeof providerTypes)[number]
  /** The name of an environment variable that holds the key, or the key itself; null for none. */
  readonly api_key: string | null
  /** Added to every request body, over the model's own. */
  readonly extra_body: ValueObject | null
  readonly extra_headers: Readonly<Record<string, string>> | null
  /**
   * How its models are made to answer in JSON: by the prompt alone; in addition, in JSON mode; or by the schema. Rowsmith's own.
   *
   * @default what the provider's type is known for; 'prompt', which every server understands, for an unknown server
   */
  readonly structured_output?: 'prompt' | 'json_object' | 'json_schema' | undefined
  /** Which API of OpenAI chats use: chat completions, or responses. Rowsmith's own. @default 'chat' */
  readonly api?: 'chat' | 'responses' | undefined
  /** Seconds of silence in the middle of an answer before it is given up; answers are streamed then. Rowsmith's own. @default none */
  readonly stall_timeout?: number | undefined
  /** Whether to speak HTTP/2 with it where it offers that. Rowsmith's own. @default true */
  readonly http2?: boolean | undefined
  /** PEM files: whom to trust in addition to the usual authorities, and who we are. Rowsmith's own. */
  readonly tls?: TlsFiles | undefined
  /** What its models cost, by model id. */
  readonly prices?: Readonly<Record<string, Price>> | undefined
  /** How a `simulator` behaves: a scenario, or the path of its file, seen from the file that this stands in. */
  readonly scenario?: Scenario | string | undefined
  /** What may be requested of it per minute. */
  readonly limits?: ProviderLimits | undefined
  /** How its models are called. Rowsmith's own. @default 'sync' */
  readonly inference?: Inference | undefined
}

/** Paths of PEM files; relative ones start at the providers file. */
interface TlsFiles {
  readonly ca_file?: string | undefined
  readonly cert_file?: string | undefined
  readonly key_file?: string | undefined
}

const tlsFiles = strict({
  ca_file: filledText.optional(),
  cert_file: filledText.optional(),
  key_file: filledText.optional(),
}).refine(({ cert_file, key_file }) => (cert_file === undefined) === (key_file === undefined), {
  error: 'cert_file and key_file go together',
})

const perMinute = int(z.int().min(1)).nullable().default(null)
const rates = { requests_per_minute: perMinute, tokens_per_minute: perMinute }
/** What a provider allows per minute: all its models together, and each alone. */
const limits = strict({
  ...rates,
  models: byName(strict({ ...rates, weight: float(z.number().gt(0)).nullable().default(null) })).default({}),
})

type ProviderLimits = z.output<typeof limits>

const provider = strict({
  name: filledText,
  endpoint: filledText,
  provider_type: prepared(z.enum(providerTypes), (value) =>
    typeof value === 'string' ? value.toLowerCase() : value,
  ).default('openai'),
  api_key: text.nullable().default(null),
  extra_body: freeMap.nullable().default(null),
  extra_headers: byName(text).nullable().default(null),
  structured_output: z.enum(['prompt', 'json_object', 'json_schema']).optional(),
  api: z.enum(['chat', 'responses']).optional(),
  stall_timeout: float(z.number().gt(0)).optional(),
  http2: flag.optional(),
  tls: tlsFiles.optional(),
  prices: byName(price).optional(),
  scenario: z.union([filledText, scenarioSchema]).optional(),
  limits: limits.optional(),
  inference: inference.optional(),
})
  .refine((given) => given.provider_type === 'simulator' || /^https?:\/\/[^/]/.test(given.endpoint), {
    error: 'must be a URL that begins with http:// or https://',
    path: ['endpoint'],
  })
  .refine((given) => given.api !== 'responses' || !['anthropic', 'gemini'].includes(given.provider_type), {
    error: "is OpenAI's, and is spoken by no provider of type anthropic or gemini",
    path: ['api'],
  })
  .refine((given) => given.provider_type === 'simulator' || given.scenario === undefined, {
    error: 'means something only for the provider_type simulator',
    path: ['scenario'],
  })

export const providersFileSchema = strict({
  providers: z.array(provider).min(1),
  default: text.nullable().default(null),
})

/**
 * Reads a providers file, in the shape of Data Designer's `model_providers.yaml`. Its `default` is checked, but
 * models name their provider.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseProviders(content: string, name: string): ProviderConfig[] {
  const { value, source } = parseYaml(content, name)
  const root = isValueObject(value) ? value : { providers: value }
  const { providers, default: chosen } = readBy(providersFileSchema, root, source)
  const names = providers.map((entry) => entry.name)
  const issues: Issue[] = names.flatMap((entry, index) => {
    const first = names.indexOf(entry)
    const what = `duplicate provider name "${entry}"; providers[${first}] has it too`
    return first === index ? [] : [{ path: ['providers', index, 'name'], what }]
  })
  if (chosen !== null && !names.includes(chosen)) {
    const what = `no provider is called "${chosen}"; there are ${names.join(', ')}${didYouMean(chosen, names)}`
    issues.push({ path: ['default'], what })
  }
  if (issues.length > 0) throw issuesError(issues, source)
  const folder = dirname(name)
  return providers.map((entry) =>
    remembered(entry.tls === undefined ? entry : { ...entry, tls: placed(entry.tls, folder) }),
  )
}

/** Those that were read already; any other was made by hand, in a program. */
const known = new WeakSet<object>()

function remembered(provider: ProviderConfig): ProviderConfig {
  known.add(provider)
  return provider
}

/**
 * Providers that a program made: what is wrong with them is reported as of a file, and what they left out is filled in. A scenario may
 * be as a file has it, or as `loadScenario` gave it.
 */
function readByHand(given: readonly ProviderConfig[]): ProviderConfig[] {
  const values = given.map((each): Value => {
    if (typeof each !== 'object' || each === null) return toValue(each)
    const { scenario: _, ...rest } = each
    return toValue(stated(rest))
  })
  const providers = readBy(z.array(provider), values, namedSource('providers'))
  return providers.map((each, index) => {
    const { scenario } = present(given[index], 'given')
    if (scenario === undefined) return remembered(each)
    const asWritten = typeof scenario === 'string' || isRead(scenario) ? scenario : undefined
    const name = `providers: [${index}].scenario`
    return remembered({ ...each, scenario: asWritten ?? scenarioFromValue(toValue(scenario), name) })
  })
}

/** Without members that say nothing: `tls: undefined`. */
function stated(value: object): object {
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  return Object.fromEntries(
    members.map(([name, member]) => [name, name === 'tls' && isObject(member) ? stated(member) : member]),
  )
}

/** Whether `loadScenario` gave it, or a copy of what it gave: all that is optional in a file is there. */
function isRead(scenario: Scenario): boolean {
  if (!isObject(scenario)) return false
  const { latency, ...rest } = scenario
  const full = ['replies', 'limits', 'faults', 'tools', 'embeddings', 'images', 'prices']
  return (
    typeof latency !== 'string' &&
    full.every((name) => isObject(new Map<string, unknown>(Object.entries(rest)).get(name)))
  )
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Relative paths start at the file that gives them. */
function placed({ ca_file, cert_file, key_file }: TlsFiles, folder: string): TlsFiles {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(folder, path))
  return { ca_file: at(ca_file), cert_file: at(cert_file), key_file: at(key_file) }
}

function builtIn(name: string, endpoint: string, apiKey: string | null): ProviderConfig {
  const provider_type = apiKey === null ? 'simulator' : 'openai'
  return remembered({ name, endpoint, provider_type, api_key: apiKey, extra_body: null, extra_headers: null })
}

/** Providers that need no file. One of the same name in a file takes precedence. */
export const builtInProviders: readonly ProviderConfig[] = [
  builtIn('openai', 'https://api.openai.com/v1', 'OPENAI_API_KEY'),
  builtIn('nvidia', 'https://integrate.api.nvidia.com/v1', 'NVIDIA_API_KEY'),
  builtIn('openrouter', 'https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  builtIn('simulator', 'simulator:', null),
]

/** Providers of the user come before built-in ones of the same name. @throws RowsmithError config_invalid for one that was made by hand */
export function allProviders(given: readonly ProviderConfig[]): ProviderConfig[] {
  const own = given.every((each) => isObject(each) && known.has(each)) ? given : readByHand(given)
  const names = new Set(own.map(({ name }) => name))
  return [...own, ...builtInProviders.filter(({ name }) => !names.has(name))]
}
