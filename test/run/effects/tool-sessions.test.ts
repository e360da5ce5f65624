/** Whole runs whose MCP server goes away in the middle, and comes back: over every transport, sessions are revived. */
import { expect, it, onTestFinished } from 'vitest'
import { configFromValue } from '../../../src/entries/config.ts'
import { create, type McpProviderConfig } from '../../../src/index.ts'
import { artifactFolder, rowsOf, smallOptions } from '../../support/small-runs.ts'
import { type HttpServerType, serverKey, serveTools } from '../../tools/mcp/http-server.ts'
import { callingModel, serverFolder } from '../../tools/support.ts'

const folder = artifactFolder()
const servers = serverFolder()
const rows = 8

const config = configFromValue(
  {
    model_configs: [
      { alias: 'm', provider: 'simulator', model: 'm', inference_parameters: { max_parallel_requests: 8n } },
    ],
    tool_configs: [{ tool_alias: 't', providers: ['one'], allow_tools: ['echo'] }],
    columns: [
      { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} },
      { name: 'text', column_type: 'llm-text', model_alias: 'm', tool_alias: 't', prompt: '{{ n }}' },
    ],
  } as never,
  'test',
)

interface Going {
  readonly provider: McpProviderConfig
  /** The server dies, sessions and all, and another takes its place. */
  replace(): Promise<void>
  calls(): readonly string[]
}

const overStdio = async (): Promise<Going> => ({
  provider: servers.stdio('one'),
  replace: async () => {
    process.kill(servers.pids('one').at(-1)!, 'SIGKILL')
  },
  calls: () => servers.calls('one').map((call) => JSON.parse(call.slice('echo '.length)).text),
})

const overHttp = (type: HttpServerType) => async (): Promise<Going> => {
  const calls: string[] = []
  let server = await serveTools(type, calls)
  onTestFinished(() => server.stop())
  const endpoint = `http://127.0.0.1:${server.port}/mcp`
  return {
    provider: { name: 'one', provider_type: type, endpoint, api_key: serverKey },
    replace: async () => {
      await server.stop()
      server = await serveTools(type, calls, server.port)
    },
    calls: () => calls,
  }
}

/** The rows of half a run, from the first that is told to call to the last that got its answer. */
class Wave {
  readonly #under = new Set<string>()
  readonly #over = Promise.withResolvers<void>()
  readonly over = this.#over.promise
  size = 0

  begin(text: string): void {
    this.#under.add(text)
    this.size++
  }

  end(text: string): void {
    if (this.#under.delete(text) && this.#under.size === 0 && this.size === rows / 2) this.#over.resolve()
  }
}

it.each([
  ['stdio', overStdio],
  ['streamable_http', overHttp('streamable_http')],
  ['sse', overHttp('sse')],
])('a server over %s that goes away twice in the middle of a run costs nothing', async (_, begin) => {
  const { provider, replace, calls } = await begin()
  const waves = [new Wave(), new Wave()]
  let rowsAsked = 0
  const { components } = callingModel(async ({ messages, results }) => {
    const text = String(messages[0]!.content)
    if (results.length > 0) {
      for (const wave of waves) wave.end(text)
      return String(results[0])
    }
    const place = rowsAsked++
    // Calls that meet the second death are none that met the first.
    if (place >= rows / 2) await waves[0]!.over
    const wave = waves[Math.floor(place / (rows / 2))]!
    wave.begin(text)
    if (wave.size === 3) await replace()
    return [['echo', { text }]]
  })
  const results = await create(
    config,
    { ...smallOptions(folder.path, rows), mcpProviders: [provider] },
    components,
  )
  expect(results.summary).toMatchObject({ rows_written: rows, rows_dropped: 0, replies_unused: 0 })
  const made = await rowsOf(results)
  expect(made.map(({ text }) => text)).toEqual(made.map(({ n }) => `echo ${n}`))
  expect(new Set(calls())).toEqual(new Set(made.map(({ n }) => n)))
  // A call that was under way is made once more.
  for (const { n } of made) expect(calls().filter((text) => text === n).length).toBeLessThanOrEqual(2)
})
