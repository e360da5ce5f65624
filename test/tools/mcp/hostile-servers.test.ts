/** Servers that do not keep to the protocol: what a model is told, and that nobody else notices. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseJson } from '../../../src/base/values/json.ts'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { systemClock } from '../../../src/base/work/clock.ts'
import { type ToolSource, toolResult } from '../../../src/tools/call/contract.ts'
import { contentOf } from '../../../src/tools/call/result.ts'
import { McpSource } from '../../../src/tools/mcp/mcp-source.ts'
import { Toolbox } from '../../../src/tools/toolbox/toolbox.ts'

let folder = ''
const open: McpSource[] = []
const notes: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-hostile-'))
  notes.length = 0
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()))
  rmSync(folder, { recursive: true, force: true })
})

const log = () => join(folder, 'log')
const lines = () => (existsSync(log()) ? readFileSync(log(), 'utf8').trim().split('\n') : [])
const { signal } = new AbortController()

function serve(plan: object, clock = systemClock): McpSource {
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan))
  const args = [join(import.meta.dirname, 'hostile-server.mjs'), join(folder, 'plan.json'), log()]
  const config = { name: 'one', provider_type: 'stdio', command: process.execPath, args, env: {} } as const
  const source = new McpSource(
    { config, apiKey: null, env: {} },
    clock,
    () => {},
    (note) => notes.push(note),
  )
  open.push(source)
  return source
}

async function told(source: McpSource, tool: string, given: ValueObject = {}) {
  const ended = await source.call(tool, given, signal)
  return ended.kind === 'done' ? contentOf(ended.value) : ended.failure.code
}

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='
const text = (said: unknown) => ({ content: [{ type: 'text', text: said }] })
const image = { type: 'image', source: { kind: 'base64', mediaType: 'image/png', data: png } }

/** By tool: what the server answers, and what the model is told. */
const answers: Readonly<Record<string, readonly [answer: object, told: unknown]>> = {
  good: [text('yes'), 'yes'],
  null_text: [text(null), '{"type":"text","text":null}'],
  number_text: [text(42), '{"type":"text","text":42}'],
  bare_content: [{ content: 'plain text' }, 'plain text'],
  object_content: [{ content: { type: 'text', text: 'one' } }, 'one'],
  unknown_block: [{ content: [{ type: 'hologram', a: 1 }] }, '{"type":"hologram","a":1}'],
  null_block: [{ content: [null] }, 'null'],
  bad_image: [
    { content: [{ type: 'image', mimeType: 'image/png', data: '***' }] },
    '[image/png, no base64, left out]',
  ],
  address: [
    { content: [{ type: 'image', mimeType: 'image/png', data: `data:image/png;base64,${png}` }] },
    [image],
  ],
  mistyped: [{ content: [{ type: 'image', mimeType: 'application/octet-stream', data: png }] }, [image]],
  svg: [
    {
      content: [{ type: 'image', mimeType: 'image/svg+xml', data: Buffer.from('<svg/>').toString('base64') }],
    },
    '[image/svg+xml, 6 bytes, left out]',
  ],
  pdf: [
    {
      content: [
        {
          type: 'resource',
          resource: {
            uri: 'file:///a.pdf',
            mimeType: 'application/pdf',
            blob: Buffer.alloc(3000).toString('base64'),
          },
        },
      ],
    },
    '[application/pdf file:///a.pdf, 3 kB, left out]',
  ],
  resource: [{ content: [{ type: 'resource', resource: { uri: 'a', text: 'inside' } }] }, 'inside'],
  text_error: [{ ...text('no'), isError: 'true' }, 'Error: no'],
  silent_error: [{ content: [], isError: true }, 'Error: The tool failed, and said nothing.'],
  empty: [{ content: [] }, 'The tool gave nothing.'],
  legacy: [{ toolResult: 'old' }, 'old'],
  structured: [{ structuredContent: { a: 1 } }, '{"a":1}'],
  same_structured: [{ ...text('{"a":1}'), structuredContent: { a: 1 } }, '{"a":1}'],
  wrapped_text: [{ ...text('hello\n'), structuredContent: { content: 'hello\n' } }, 'hello\n'],
  wrapped_json: [{ ...text('[\n  1\n]'), structuredContent: { entities: [1] } }, '[\n  1\n]'],
  wrapped_list: [
    { content: [...text('a').content, ...text('2').content], structuredContent: { result: ['a', 2] } },
    'a\n2',
  ],
  wrapped_content: [{ ...text('seen'), structuredContent: { content: text('seen').content } }, 'seen'],
  two_members: [{ ...text('1'), structuredContent: { a: 1, b: 2 } }, '1\n{"a":1,"b":2}'],
  other_structured: [{ ...text('seen'), structuredContent: { a: 1 } }, 'seen\n{"a":1}'],
  no_result: [
    { hello: 1 },
    /^Error: The tool answered with something that is no result of a tool: \{"hello":1\}$/,
  ],
  text_result: [{ value: 'x' }, /^Error: the answer is no result: x$/],
  null_result: [{ value: null }, /^Error: the answer is no result: null$/],
  list_result: [{ value: [1] }, /^Error: the answer is no result: \[1\]$/],
  odd_error: [{ $error: 'no luck' }, 'Error: no luck'],
  long_error: [
    { $error: { code: -32602, message: 'Invalid arguments:\n- city: required\n- day: a date' } },
    'Error: Invalid arguments:\n- city: required\n- day: a date',
  ],
  text_id: [
    { $line: '{"jsonrpc":"2.0","id":"$id","result":{"content":[{"type":"text","text":"ok"}]}}\n' },
    'ok',
  ],
  no_version: [{ $line: '{"id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}\n' }, 'ok'],
  batch: [
    { $line: '[{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}]\n' },
    'ok',
  ],
  noise_before: [
    {
      $line:
        'debug\n\u0000\u001b[31m\n{"a":1}\n{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}\n',
    },
    'ok',
  ],
  wrong_id_before: [
    {
      $line:
        '{"jsonrpc":"2.0","id":99999,"result":{}}\n{"jsonrpc":"2.0","id":$id,"result":{"content":[{"type":"text","text":"ok"}]}}\n',
    },
    'ok',
  ],
}

describe('an answer that does not fit', () => {
  it('is told to the model whose call it answers; every other call has its own answer, and none is made twice', async () => {
    const call = Object.fromEntries(Object.entries(answers).map(([name, [answer]]) => [name, answer]))
    const source = serve({ call: { ...call, neighbour: { ...text('mine'), $late: 300 } } })
    const neighbours = Promise.all([1n, 2n, 3n].map((n) => told(source, 'neighbour', { n })))
    for (const [name, [, expected]] of Object.entries(answers)) {
      const said = await told(source, name)
      if (expected instanceof RegExp) expect(said, name).toMatch(expected)
      else expect(said, name).toEqual(expected)
    }
    expect(await neighbours).toEqual(['mine', 'mine', 'mine'])
    expect(lines().filter((line) => line === 'started')).toHaveLength(1)
    expect(lines().filter((line) => /^\w+ \{/.test(line))).toHaveLength(Object.keys(answers).length + 3)
    // Noise is told once, without what a terminal would obey.
    expect(notes).toEqual([
      expect.stringMatching(/prints what is no message, such as "debug"; it is passed over$/),
    ])
  })

  it('may be twenty megabytes long', async () => {
    const source = serve({ call: { huge: { $size: 20_000_000 }, good: text('yes') } })
    expect(String(await told(source, 'huge'))).toHaveLength(20_000_000)
    expect(await told(source, 'good')).toBe('yes')
  })

  it('is not kept when it is larger than 64 MB: its call is told so, and the session goes on', async () => {
    const source = serve({ call: { endless: { $size: 70_000_000 }, good: text('yes') } })
    expect(await told(source, 'endless')).toBe('Error: the answer is larger than 64 MB')
    expect(await told(source, 'good')).toBe('yes')
    expect(lines().filter((line) => line === 'started')).toHaveLength(1)
  })

  it('arguments keep every digit', async () => {
    const source = serve({ call: { raw: text('yes') } })
    await told(source, 'raw', parseJson('{"id": 9007199254740993, "f": 1.5}') as ValueObject)
    expect(lines().at(-1)).toContain('"arguments":{"id":9007199254740993,"f":1.5}')
  })
})

describe('a server that dies in a call', () => {
  it('costs the call that killed it, and no other', async () => {
    const source = serve({ call: { poison: { $exit: true }, slow: { ...text('alive'), $late: 100 } } })
    const calls = [told(source, 'slow'), told(source, 'poison'), told(source, 'slow'), told(source, 'slow')]
    expect(await Promise.all(calls)).toEqual([
      'alive',
      'Error: The server of "poison" went away three times during this call.',
      'alive',
      'alive',
    ])
  })

  it('at its start is quoted by the line that says why', async () => {
    const stderr =
      'file:///a.mjs:3\nthrow new Error()\n^\n\nError: missing SHOP_TOKEN\n    at x (a.mjs:3:1)\n\nNode.js v24\n'
    await expect(serve({ stderr }).list(signal)).rejects.toThrow(/it said: Error: missing SHOP_TOKEN$/)
  })

  it('or never answers is quoted by what it printed', async () => {
    // Its minute is over when it has printed, and was asked.
    const impatient = {
      ...systemClock,
      sleep: async (_: number, stop?: AbortSignal) => {
        while (!lines().includes('heard')) await systemClock.sleep(10, stop)
        await systemClock.sleep(10, stop)
      },
    }
    const source = serve({ mute: true, noise: ['\uFEFFlistening on 8080'] }, impatient)
    await expect(source.list(signal)).rejects.toThrow(
      /did not answer within 60 s; it said: .*listening on 8080$/,
    )
  })
})

const tool = (name: unknown, more: object = {}) => ({
  name,
  description: 'd',
  inputSchema: { type: 'object' },
  ...more,
})

describe('a list of tools', () => {
  it('leaves out what cannot be told to a model, with a sentence, and keeps the rest', async () => {
    const odd = [
      tool('good'),
      tool('empty', { inputSchema: {} }),
      tool('none', { inputSchema: undefined }),
      tool('null', { inputSchema: null }),
      tool('nulls', { inputSchema: { type: 'object', properties: null, required: null } }),
      tool('draft4', {
        outputSchema: { $schema: 'http://json-schema.org/draft-04/schema#', exclusiveMinimum: true },
      }),
      tool('dangling', { outputSchema: { $ref: '#/$defs/none' } }),
      tool('wordless', { description: null }),
      tool('array', { inputSchema: { type: 'array' } }),
      tool('text', { inputSchema: 'object' }),
      tool(''),
      tool(null),
      'nothing',
      tool('good', { description: 'another' }),
    ]
    const source = serve({ list: [{ tools: odd, nextCursor: null }] })
    const found = await source.list(signal)
    expect(found.map(({ name }) => name)).toEqual([
      'good',
      'empty',
      'none',
      'null',
      'nulls',
      'draft4',
      'dangling',
      'wordless',
    ])
    const schema = { type: 'object', properties: {} }
    expect(found.slice(1, 5).map(({ parameters }) => parameters)).toEqual([schema, schema, schema, schema])
    expect(found[0]?.parameters).toEqual({ type: 'object' })
    expect(notes).toEqual([
      expect.stringContaining('"array" is left out: its schema is of type "array"'),
      expect.stringContaining('"text" is left out: its schema is no object'),
      expect.stringContaining('a tool without a name is left out'),
      expect.stringContaining('a tool without a name is left out'),
      expect.stringContaining('a tool without a name is left out'),
      expect.stringContaining('"good" is listed twice, and the first one counts'),
    ])
    expect(source.leftOut('array')).toContain('of type "array"')
  })

  it.each([
    [
      'the same cursor again',
      [{ tools: [tool('a')], nextCursor: 'x' }],
      /page after page: "x" came again/,
      2,
    ],
    ['an empty cursor again', [{ tools: [tool('a')], nextCursor: '' }], /page after page: "" came again/, 2],
    ['a cursor that is no text', [{ tools: [tool('a')], nextCursor: 5 }], /is no text/, 1],
    ['a page without tools', [{ tools: [tool('a')], nextCursor: 'x' }, { tools: null }], /holds no tools/, 2],
  ])('ends at %s, and keeps what it has', async (_, list, why, pages) => {
    const source = serve({ list })
    expect((await source.list(signal)).map(({ name }) => name)).toEqual(['a'])
    expect(notes.at(-1)).toMatch(why)
    expect(lines().filter((line) => line === 'list')).toHaveLength(pages)
  })
})

const offered = (name: string) => ({ name, description: 'd', parameters: {}, provider: 'one' })

function boxOf(
  source: ToolSource,
  names: readonly string[],
  more: object = {},
  clock = systemClock,
): Toolbox {
  const config = {
    tool_alias: 't',
    providers: ['one'],
    allow_tools: null,
    max_tool_call_turns: 5,
    timeout_sec: null,
    ...more,
  }
  return new Toolbox(config as never, names.map(offered), () => source, clock)
}

async function called(box: Toolbox, name: string, given = '{}') {
  const effect = box.effectOf({ id: '1', name, arguments: given })
  if (typeof effect === 'string') return effect
  const ended = await effect.run(signal)
  return ended.kind === 'done' ? contentOf(ended.value) : ended.failure.code
}

describe('the tools of an alias', () => {
  const names = [
    'shop.find',
    'shop find',
    'shop/find',
    'suche_für',
    'x'.repeat(90),
    'shop_find',
    'plain-1',
    '🦆',
  ]

  it('are told by names that every vendor takes, always the same ones, and called by their own', async () => {
    const source = serve({ call: Object.fromEntries(names.map((name) => [name, text(`is ${name}`)])) })
    const box = boxOf(source, names)
    const told = box.tools.map(({ name }) => name)
    expect(new Set(told).size).toBe(names.length)
    for (const name of told) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/)
    expect(told[5]).toBe('shop_find')
    expect(told[6]).toBe('plain-1')
    expect(boxOf(source, names).tools.map(({ name }) => name)).toEqual(told)
    for (const [index, name] of told.entries()) expect(await called(box, name)).toBe(`is ${names[index]}`)
    expect(box.ownName(told[0]!)).toBe('shop.find')
    expect(await called(box, 'shop.buy')).toContain('There is no tool "shop.buy"')
    expect(boxOf(source, ['shop.find']).tools[0]?.name).toBe('shop_find')
  })

  it('cut a long text in the middle, and say so', async () => {
    const source = serve({
      call: {
        long: { $size: 9_000_000 },
        two: { content: [...text('é'.repeat(300)).content, ...text('b').content] },
      },
    })
    const box = boxOf(source, ['long', 'two'])
    const said = String(await called(box, 'long'))
    expect(Buffer.byteLength(said)).toBeLessThan(101_000)
    expect(said).toMatch(/^x{50000}\n\[8\.9 MB of 9\.0 MB left out here\]\nx{50000}$/)
    const small = boxOf(source, ['two'], { max_result_bytes: 101n })
    expect(await called(small, 'two')).toBe(
      `${'é'.repeat(25)}\n[500 bytes of 600 bytes left out here]\n${'é'.repeat(25)}\n\n[1 bytes of 1 bytes left out here]\n`,
    )
  })

  it('are not called with a number that JSON cannot hold', async () => {
    const source = serve({})
    const said = await called(boxOf(source, ['good']), 'good', '{"b": [1e400]}')
    expect(said).toBe('The arguments hold a number that is too large.')
    expect(lines()).toEqual([])
  })

  it('have their time-out anew when they tell of progress, ten times at most', async () => {
    const goesOn = serve({
      call: { goes_on: { ...text('done'), $progress: 4, $until: 'enough' }, enough: text('yes') },
    })
    let told = 0
    const { promise: all, resolve } = Promise.withResolvers<void>()
    const ended = goesOn.call('goes_on', {}, signal, () => {
      if (++told === 4) resolve()
    })
    // The SDK passes over what comes in one piece with the answer: it is answered when all is told.
    await all
    await goesOn.call('enough', {}, signal)
    await ended
    let begun = 0
    const counting = {
      ...systemClock,
      sleep: (_: number, stop?: AbortSignal) => {
        begun++
        return new Promise<void>((_resolve, reject) =>
          stop?.addEventListener('abort', () => reject(stop.reason)),
        )
      },
    }
    const source: ToolSource = {
      name: 'one',
      limit: 1,
      list: async () => [],
      isOnce: () => false,
      call: async (_tool, _given, _signal, progress) => {
        for (let step = 0; step < 30; step++) progress?.()
        return { kind: 'done', value: toolResult([{ type: 'text', text: 'done' }]) }
      },
      close: async () => {},
    }
    expect(await called(boxOf(source, ['endless'], {}, counting), 'endless')).toBe('done')
    expect(begun).toBe(11)
  })
})
