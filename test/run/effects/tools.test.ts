/** Columns whose models call tools: real servers, in processes of their own. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { configFromCode, configFromValue } from '../../../src/entries/config.ts'
import {
  create,
  defineTool,
  open,
  type RunEvent,
  resume,
  type ToolOptions,
  validate,
} from '../../../src/index.ts'
import { artifactFolder, failureOf, rowsOf, smallOptions } from '../../support/small-runs.ts'
import { callingModel, isAlive, serverFolder, type ToolAsked } from '../../tools/support.ts'

const folder = artifactFolder()
const servers = serverFolder()

const models = [
  { alias: 'm', provider: 'simulator', model: 'm', inference_parameters: { max_parallel_requests: 2n } },
]
const column = {
  name: 'text',
  column_type: 'llm-text',
  model_alias: 'm',
  tool_alias: 't',
  prompt: 'Row {{ n }}',
}
const n = { name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} }

function configOf(tools: object = {}, more: object = {}) {
  const config = { tool_alias: 't', providers: ['one'], ...tools }
  return configFromValue(
    { model_configs: models, tool_configs: [config], columns: [n, { ...column, ...more }] } as never,
    'test',
  )
}

/** Of one tool that is a function. */
function functionConfig(options: Partial<ToolOptions>, call: Parameters<typeof defineTool>[1], more = {}) {
  const tool = defineTool({ name: 'look_up', description: 'Looks it up.', ...options }, call)
  return configFromCode(
    {
      model_configs: models,
      tool_configs: [{ tool_alias: 't', providers: [tool], ...more }],
      columns: [n, column],
    },
    'test',
  )
}

const options = (numRecords = 1, more: object = {}) => ({
  ...smallOptions(folder.path, numRecords),
  seed: 7n,
  mcpProviders: [servers.stdio('one')],
  ...more,
})

/** Calls a tool once, and answers with what it gave. */
const oneCall =
  (name: string, given: object | string = { text: 'a' }) =>
  ({ results }: ToolAsked) =>
    results.length === 0 ? ([[name, given]] as const) : String(results[0])

const dataset = () => join(folder.path, 'dataset')

describe('a model that calls tools', () => {
  it('is told of them, and gets what they give, calls of a turn in their order', async () => {
    const { asked, components } = callingModel(({ results }) =>
      results.length === 0
        ? [
            ['echo', { text: 'a' }],
            ['fail', {}],
            ['echo', { text: 'b' }],
          ]
        : results.join(' | '),
    )
    const config = configOf({ allow_tools: ['echo', 'fail'] }, { with_trace: 'all_messages' })
    const [row] = await rowsOf(await create(config, options(), components))
    expect(asked[0]!.tools.map(({ function: { name, description } }) => [name, description])).toEqual([
      ['echo', 'Says it back.'],
      ['fail', 'Says it back.'],
    ])
    expect(row!.text).toBe('echo a | Error: no such thing | echo b')
    const trace = row!.text__trace as { role: string; tool_calls: unknown; tool_call_id: string | null }[]
    expect(trace.map(({ role, tool_call_id: id }) => [role, id])).toEqual([
      ['user', null],
      ['assistant', null],
      ['tool', 'call-1-0'],
      ['tool', 'call-1-1'],
      ['tool', 'call-1-2'],
      ['assistant', null],
    ])
    expect(trace[1]!.tool_calls).toMatchObject([
      { id: 'call-1-0', function: { name: 'echo', arguments: '{"text":"a"}' } },
      { function: { name: 'fail' } },
      { function: { name: 'echo' } },
    ])
  })

  it('shares one server with all rows, and leaves no process behind', async () => {
    const { components } = callingModel(oneCall('echo'))
    const { summary } = await create(configOf(), options(8), components)
    expect(summary.rows_written).toBe(8)
    expect(summary.total?.effects).toMatchObject([{ effect: 'tool:echo', runs: 8, results: 8 }])
    const pids = servers.pids('one')
    expect(pids).toHaveLength(1)
    expect(pids.filter(isAlive)).toEqual([])
  })

  it.each([
    [
      'an unknown tool',
      [['echoo', {}]],
      /^Error: There is no tool "echoo"; did you mean "echo"\?; there are /,
    ],
    ['arguments that are not JSON', [['echo', '{"text":']], /^Error: The arguments are not valid JSON\.$/],
    ['arguments that are no object', [['echo', '[1]']], /^Error: The arguments are no JSON object\.$/],
    ['no arguments', [['echo', '']], /^echo undefined$/],
    [
      'a call that takes too long',
      [['hang', {}]],
      /^Error: "hang" gave no result within 0.2 s, and was given up\.$/,
    ],
    [
      'a server that goes away at every call',
      [['die', {}]],
      /^Error: The server of "die" went away three times/,
    ],
    ['a server that goes away once', [['die_once', {}]], /^alive$/],
  ] as const)('is told of %s', async (_, calls, told) => {
    const { components } = callingModel(({ results }) => (results.length === 0 ? calls : String(results[0])))
    const config = configOf({ timeout_sec: calls[0]![0] === 'hang' ? 0.2 : null })
    const [row] = await rowsOf(await create(config, options(), components))
    expect(row!.text).toMatch(told)
    expect(servers.pids('one').filter(isAlive)).toEqual([])
  })

  it('gets pictures in a message after the results, where its vendor takes them', async () => {
    const { asked, components } = callingModel(({ results }) =>
      results.length === 0 ? [['picture', {}]] : 'ok',
    )
    await create(configOf(), options(), components)
    expect(asked[1]!.results).toEqual(['a dot\n[image: in the message after the results]'])
    expect(asked[1]!.messages.at(-1)).toMatchObject({
      role: 'user',
      content: [
        { type: 'text', text: expect.stringMatching(/^From the result of call call-/) },
        { type: 'image_url', image_url: { url: expect.stringMatching(/^data:image\/png;base64,iVBO/) } },
      ],
    })
  })

  it('may still answer when its turns are over: further calls are refused in words, and not made', async () => {
    const { components } = callingModel(({ results }) =>
      results.length < 3 ? [['echo', { text: String(results.length) }]] : results.join(' | '),
    )
    const [row] = await rowsOf(await create(configOf({ max_tool_call_turns: 2 }), options(), components))
    expect(row!.text).toMatch(/^echo 0 \| echo 1 \| Error: not called\. Tools may be used in 2 turns/)
    expect(servers.calls('one')).toHaveLength(2)
  })

  it('knows odd names by aliases: allow lists, `once`, turn limits, traces and the bill go by the names of the server', async () => {
    const odd = ['shop.find', 'suche für', 'x/y']
    const { asked, components } = callingModel(({ results, tools }) => {
      const [find, search] = tools.map(({ function: { name } }) => name)
      if (results.length < 2)
        return [
          [find!, { text: 'a' }],
          [search!, { text: 'b' }],
        ]
      return results.length < 3 ? [['shop.find', { text: 'c' }]] : results.join(' | ')
    })
    const config = configOf(
      { allow_tools: odd.slice(0, 2), max_tool_call_turns: 1 },
      { with_trace: 'all_messages' },
    )
    const mcpProviders = [servers.stdio('one', ['Odd.', ...odd], { once: ['suche für'] })]
    const results = await create(config, options(1, { mcpProviders }), components)
    const told = asked[0]!.tools.map(({ function: { name } }) => name)
    expect(told).toHaveLength(2)
    for (const name of told) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    const [row] = await rowsOf(results)
    expect(row!.text).toMatch(/^echo a \| echo b \| Error: not called\. Tools may be used in one turn/)
    const trace = row!.text__trace as { tool_calls: { function: { name: string } }[] | null }[]
    const named = trace.flatMap(({ tool_calls: calls }) => calls ?? []).map((call) => call.function.name)
    expect(named).toEqual(['shop.find', 'suche für', 'shop.find'])
    expect(results.summary.total?.effects?.map(({ effect }) => effect)).toEqual([
      'tool:shop.find',
      'tool:suche für',
    ])
    expect(servers.calls('one')).toEqual(['shop.find {"text":"a"}', 'suche für {"text":"b"}'])
  })

  it('is refused before the first request where an allow list names the alias, and not the tool', async () => {
    const { asked, components } = callingModel(() => 'ok')
    const mcpProviders = [servers.stdio('one', ['Odd.', 'shop.find'])]
    const config = configOf({ allow_tools: ['shop_find'] })
    const error = await failureOf(create(config, options(1, { mcpProviders }), components))
    expect(error.message).toMatch(
      /allows "shop_find", which none of its providers has; did you mean "shop\.find"\?/,
    )
    expect(asked).toHaveLength(0)
  })

  it('has no call made that an answer makes which was cut, and none that it only spells out', async () => {
    const called: unknown[] = []
    const config = functionConfig({}, (given) => String(called.push(given)))
    const spelled = '<tool_call>\n{"name": "look_up", "arguments": {}}\n</tool_call>'
    for (const [datasetName, reply, finish, code] of [
      ['cut', [['look_up', {}]], 'length', 'truncated'],
      ['filtered', [['look_up', {}]], 'content_filter', 'content_filtered'],
      ['spelled', spelled, 'stop', 'empty_reply'],
    ] as const) {
      const { components } = callingModel(() => reply)
      const transport = components.transport()
      const post: typeof transport.post = async (...asked) => {
        const answered = (await transport.post(...asked)) as { body: string; status: number; headers: object }
        const body = answered.body.replace(/"finish_reason":"\w+"/, `"finish_reason":"${finish}"`)
        return { ...answered, headers: {}, body }
      }
      const parts = { ...components, transport: () => ({ ...transport, post }) }
      const { summary } = await create(config, { ...options(), datasetName }, parts)
      expect(summary.failures).toEqual([{ column: 'text', code, rows: 1 }])
    }
    expect(called).toEqual([])
  })

  it('loses its row when it never stops calling', async () => {
    const { asked, components } = callingModel(() => [['echo', { text: 'again' }]])
    const { summary } = await create(configOf({ max_tool_call_turns: 1 }), options(), components)
    expect(summary.failures).toMatchObject([{ code: 'tool_turns_exceeded', rows: 1 }])
    // One turn with a call, two that are refused, and the one that is not looked at any more.
    expect([asked.length, servers.calls('one').length]).toEqual([4, 1])
  })
})

describe('a stopped run', () => {
  it('goes on in the middle of a conversation: no call whose result is kept is made again', async () => {
    const turns = ({ results }: ToolAsked) =>
      results.length < 3 ? ([['echo', { text: `turn ${results.length}` }]] as const) : results.join(', ')
    const stop = new AbortController()
    const { promise: never } = Promise.withResolvers<never>()
    const first = callingModel((asked) => {
      if (asked.results.length < 2) return turns(asked)
      stop.abort()
      return never
    })
    const config = configOf()
    await failureOf(create(config, { ...options(), graceMs: 0, signal: stop.signal }, first.components))
    expect(servers.calls('one')).toEqual(['echo {"text":"turn 0"}', 'echo {"text":"turn 1"}'])
    const second = callingModel(turns)
    const results = await create(config, options(), second.components)
    expect(second.asked.map(({ results: given }) => given.length)).toEqual([2, 3])
    expect(servers.calls('one')).toHaveLength(3)
    expect((await rowsOf(results))[0]!.text).toBe('echo turn 0, echo turn 1, echo turn 2')
    expect(results.summary).toMatchObject({ replies_unused: 0, this_run: { replies_replayed: 4 } })
    expect(await open(results.path).verify({ replay: true })).toMatchObject({
      replay: { equal: 1, differing: 0 },
    })
  })

  it('starts no server when nothing is left to call, and tells models of the tools it began with', async () => {
    const stop = new AbortController()
    const { promise: never } = Promise.withResolvers<never>()
    const first = callingModel((asked) => {
      if (asked.results.length === 0) return [['echo', { text: 'a' }]]
      stop.abort()
      return never
    })
    await failureOf(create(configOf(), { ...options(), graceMs: 0, signal: stop.signal }, first.components))
    const second = callingModel(({ tools }) => tools[0]!.function.description)
    const changed = [servers.stdio('one', ['Another description.'])]
    const results = await create(configOf(), options(1, { mcpProviders: changed }), second.components)
    expect((await rowsOf(results))[0]!.text).toBe('Says it back.')
    expect(servers.pids('one')).toHaveLength(1)
  })

  it('says so when a server has other tools by then', async () => {
    const { components } = callingModel(oneCall('echo'))
    await create(configOf(), options(), components)
    const changed = [servers.stdio('one', ['Another description.', 'more'])]
    const run = create(configOf(), options(5, { mcpProviders: changed }), components)
    const events: RunEvent[] = []
    for await (const event of run.events()) events.push(event)
    await run
    const [warning] = events.filter((event) => event.type === 'warning' && event.code === 'tools_changed')
    expect(warning).toMatchObject({
      message: expect.stringMatching(/"one".*changed: echo, fail, .*; new: more/),
    })
  })

  it('refuses a tools.json that was tampered with, and verify says so', async () => {
    const { components } = callingModel(oneCall('echo'))
    await create(configOf(), options(), components)
    const path = join(dataset(), '.rowsmith/tools.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('Says it back', 'Says nothing'))
    const failed = await failureOf(create(configOf(), options(5), components))
    expect(failed).toMatchObject({ code: 'run_json_damaged', message: expect.stringMatching(/tools\.json/) })
    const { findings } = await open(dataset()).verify()
    expect(findings).toMatchObject([{ path: '.rowsmith/tools.json', severity: 'damaged' }])
  })

  it('goes on with `resume` from the file it was begun with', async () => {
    const file = join(servers.path, 'mcp_providers.yaml')
    writeFileSync(file, JSON.stringify({ providers: [servers.stdio('one')] }))
    const { components } = callingModel(oneCall('echo'))
    await create(configOf(), options(1, { launch: { mcpProvidersFile: file } }), components)
    const { summary } = await resume(dataset(), { numRecords: 2 }, components)
    expect(summary).toMatchObject({ rows_written: 2, rows_dropped: 0 })
    expect(servers.calls('one')).toHaveLength(2)
  })
})

describe('a tool marked once', () => {
  it('is not called again where its server went away: the row is dropped', async () => {
    const { components } = callingModel(oneCall('die_once'))
    const once = [servers.stdio('one', [], { once: ['die_once'] })]
    const { summary } = await create(configOf(), options(1, { mcpProviders: once }), components)
    expect(summary.failures).toMatchObject([{ code: 'effect_uncertain', rows: 1 }])
    expect(servers.calls('one')).toHaveLength(1)
  })

  it('is not called again where the process died during the call', async () => {
    const stop = new AbortController()
    let calls = 0
    const { promise: never } = Promise.withResolvers<never>()
    const config = functionConfig({ once: true }, () => {
      calls++
      stop.abort()
      return never
    })
    const { components } = callingModel(oneCall('look_up'))
    await failureOf(create(config, { ...options(), graceMs: 0, signal: stop.signal }, components))
    const { summary } = await create(config, options(), components)
    expect(summary.failures).toMatchObject([{ code: 'effect_uncertain', rows: 1 }])
    expect(calls).toBe(1)
  })

  it('must be one that the server has', async () => {
    const once = [servers.stdio('one', [], { once: ['ecko'] })]
    const { components } = callingModel(oneCall('echo'))
    const failed = await failureOf(create(configOf(), options(1, { mcpProviders: once }), components))
    expect(failed).toMatchObject({
      code: 'config_invalid',
      message: expect.stringMatching(/marks "ecko" as once, and has no such tool; did you mean "echo"/),
    })
    // A run that goes on finds out at the first call.
    await create(configOf(), options(), components)
    const later = await failureOf(create(configOf(), options(5, { mcpProviders: once }), components))
    expect(later.code).toBe('config_invalid')
  })
})

describe('a function as a tool', () => {
  const parameters = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] }

  it('gets its arguments as JSON, and its result is told as text or JSON', async () => {
    const seen: unknown[] = []
    const config = functionConfig({ parameters }, async (given) => {
      seen.push(given)
      return { found: [1, given.text] }
    })
    const { components } = callingModel(oneCall('look_up', { text: 'a', count: 3 }))
    const [row] = await rowsOf(await create(config, options(), components))
    expect(seen).toEqual([{ text: 'a', count: 3 }])
    expect(row!.text).toBe('{"found": [1, "a"]}'.replaceAll(': ', ':').replaceAll(', ', ','))
  })

  it('whose arguments do not fit is not called, and one that throws costs no row: the model is told', async () => {
    const config = functionConfig({ parameters }, () => {
      throw new TypeError('no luck')
    })
    const { components } = callingModel(({ results }) =>
      results.length === 0
        ? [
            ['look_up', { text: 1 }],
            ['look_up', { text: 'a' }],
          ]
        : results.join(' | '),
    )
    const [row] = await rowsOf(await create(config, options(), components))
    expect(row!.text).toBe(
      'Error: The arguments do not fit: /text must be string | Error: TypeError: no luck',
    )
  })

  it('that is edited is another config', async () => {
    const { components } = callingModel(oneCall('look_up'))
    await create(
      functionConfig({}, () => 'a'),
      options(),
      components,
    )
    const failed = await failureOf(
      create(
        functionConfig({}, () => 'b'),
        { ...options(2), resume: 'always' },
        components,
      ),
    )
    expect(failed.code).toBe('config_differs')
  })
})

describe('before a request is sent', () => {
  const none = callingModel(() => 'never asked')

  it.each([
    [
      'a provider that nobody defines',
      { providers: ['ones'] },
      {},
      'unknown_provider',
      /Tool alias "t" names provider "ones", which is not defined; did you mean "one"/,
    ],
    [
      'two tools of one name',
      { providers: ['one', 'two'] },
      {},
      'config_invalid',
      /^Tool alias "t": "one" and "two" both have a tool "echo"$/,
    ],
    [
      'an allowed tool that nobody has',
      { allow_tools: ['ekho'] },
      {},
      'config_invalid',
      /^Tool alias "t" allows "ekho", which none of its providers has; did you mean "echo"/,
    ],
    [
      'a tool that is allowed twice',
      { allow_tools: ['echo', 'echo'] },
      {},
      'config_invalid',
      /allow_tools\[1\]/,
    ],
    [
      'a server that does not start',
      {},
      { command: '/nowhere/at/all' },
      'tools_unreachable',
      /^The tools of "one" cannot be had: .*ENOENT/,
    ],
    [
      'a server that ends at once',
      {},
      { args: ['-e', 'console.error("no licence for secret-of-mine"); process.exit(3)'] },
      'tools_unreachable',
      /Connection closed; it said: no licence for \*\*\*$/,
    ],
  ])('%s is refused', async (_, tools, fields, code, message) => {
    const env = { A: 'secret-of-mine' }
    const mcpProviders = [servers.stdio('one', [], { env, ...fields }), servers.stdio('two')]
    const failed = await failureOf(create(configOf(tools), options(1, { mcpProviders }), none.components))
    expect([failed.code, failed.message]).toEqual([code, expect.stringMatching(message)])
    expect(none.asked).toEqual([])
    expect([...servers.pids('one'), ...servers.pids('two')].filter(isAlive)).toEqual([])
  })
})

it('an allowed tool that none of the functions of an alias is, is told by `validate` already', async () => {
  const config = functionConfig({}, () => 'a', { allow_tools: ['look_upp'] })
  const failed = await failureOf(validate(config))
  expect(failed).toMatchObject({
    code: 'config_invalid',
    message: expect.stringMatching(
      /allow_tools\[0\]: "look_upp" is a tool that none .*did you mean "look_up"/,
    ),
  })
})

it('secrets of a program come from the environment by name, and stand in no file of the dataset', async () => {
  const mcpProviders = [servers.stdio('one', [], { env: { TOKEN: 'MY_TOKEN', MODE: 'plain' } })]
  const { components } = callingModel(({ results }) =>
    results.length === 0 ? [['environment', { text: 'MODE' }]] : String(results[0]),
  )
  const env = { MY_TOKEN: 'secret-of-mine' }
  const results = await create(configOf(), options(1, { mcpProviders, env }), components)
  expect((await rowsOf(results))[0]!.text).toBe('plain')
  for (const name of ['run.json', 'launch.json', 'tools.json'])
    expect(readFileSync(join(dataset(), '.rowsmith', name), 'utf8')).not.toMatch(/secret-of-mine|MY_TOKEN/)
})
