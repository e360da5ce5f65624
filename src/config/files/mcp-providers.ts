/**
 * Where tools come from: the file that `--mcp-providers` names, in the shape of Data Designer's `mcp_providers.yaml`.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { type Issue, issuesError, readBy } from '../reading/issues.ts'
import { filledText, int, prepared, strict, text } from '../reading/lax.ts'
import { parseYaml } from '../reading/yaml.ts'

interface AnyMcpProvider {
  readonly name: string
  /**
   * Tools that are never called twice for the same call of a model, also where a process died in the middle; `true` for
   * all. Rowsmith's own.
   */
  readonly once?: boolean | readonly string[] | undefined
  /** Calls under way at once. Rowsmith's own. @default no limit */
  readonly max_parallel_calls?: number | undefined
}

/** A server that is reached over HTTP. */
interface HttpMcpProvider extends AnyMcpProvider {
  readonly provider_type: 'sse' | 'streamable_http'
  readonly endpoint: string
  /** The name of an environment variable that holds the bearer key, or the key itself; null for none. */
  readonly api_key: string | null
}

/** A program that is started, and stopped again, by the run. */
interface StdioMcpProvider extends AnyMcpProvider {
  readonly provider_type: 'stdio'
  readonly command: string
  readonly args: readonly string[]
  /** Added to its environment: names of our environment variables, or values as they stand. */
  readonly env: Readonly<Record<string, string>>
  /** The folder it runs in. Rowsmith's own. @default that of the file, or of this process */
  readonly cwd?: string | undefined
}

export type McpProviderConfig = HttpMcpProvider | StdioMcpProvider

const shared = {
  name: filledText,
  once: z.union([z.boolean(), z.array(text)]).optional(),
  max_parallel_calls: int(z.int().min(1)).optional(),
}

function overHttp<const Type extends 'sse' | 'streamable_http'>(type: Type) {
  return strict({
    provider_type: z.literal(type),
    ...shared,
    endpoint: filledText.refine((url) => /^https?:\/\/[^/]/.test(url) && URL.canParse(url), {
      error: 'must be a URL that begins with http:// or https://',
    }),
    api_key: text.nullable().default(null),
  })
}

const stdio = strict({
  provider_type: z.literal('stdio'),
  ...shared,
  command: filledText,
  args: z.array(text).default([]),
  env: z.record(z.string(), text).default({}),
  cwd: filledText.optional(),
})

const provider = prepared(
  z.discriminatedUnion('provider_type', [overHttp('sse'), overHttp('streamable_http'), stdio]),
  (given) => {
    const value = given as Value
    if (!isValueObject(value)) return value
    const { provider_type: type = 'command' in value ? 'stdio' : 'sse' } = value
    return { ...value, provider_type: typeof type === 'string' ? type.toLowerCase() : type }
  },
)

const file = strict({ providers: z.array(provider).min(1) })

/**
 * Reads a file of MCP providers. A program's folder is seen from that of the file.
 *
 * @throws RowsmithError config_unreadable, config_invalid
 */
export function parseMcpProviders(content: string, name: string): McpProviderConfig[] {
  const { value, source } = parseYaml(content, name)
  const root = isValueObject(value) ? value : { providers: value }
  const { providers } = readBy(file, root, source)
  const names = providers.map((entry) => entry.name)
  const issues: Issue[] = names.flatMap((entry, index) => {
    const first = names.indexOf(entry)
    const what = `duplicate provider name "${entry}"; providers[${first}] has it too`
    return first === index ? [] : [{ path: ['providers', index, 'name'], what }]
  })
  if (issues.length > 0) throw issuesError(issues, source)
  return providers.map((entry) =>
    entry.provider_type === 'stdio' ? { ...entry, cwd: resolve(dirname(name), entry.cwd ?? '.') } : entry,
  )
}
