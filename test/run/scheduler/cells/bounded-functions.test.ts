/** Functions of the user's: what an edit of one runs again, and what no function can do to a run. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { configFromCode } from '../../../../src/entries/config.ts'
import {
  type CellFunction,
  create,
  customColumn,
  fullColumn,
  type GeneratorOptions,
  type RunEvent,
} from '../../../../src/index.ts'
import { artifactFolder, echo, failureOf, quick, rowsOf, smallOptions } from '../../../support/small-runs.ts'

const folder = artifactFolder()
afterEach(() => vi.restoreAllMocks())

const n = {
  name: 'n',
  column_type: 'sampler',
  sampler_type: 'uniform',
  params: { low: 1, high: 9 },
  convert_to: 'int',
}
const models = [{ alias: 'writer', provider: 'simulator', model: 'm' }]

function configOf(generator_function: unknown, more: Record<string, unknown> = {}, columns: object[] = []) {
  const made = { name: 'made', column_type: 'custom', generator_function, ...more }
  return configFromCode({ model_configs: models, columns: [n, made, ...columns] }, 'test')
}

const cell = (options: GeneratorOptions, call: CellFunction) => configOf(customColumn(options, call))
const options = (numRecords = 4) => ({ ...smallOptions(folder.path, numRecords), seed: 7n })

async function valuesOf(config: Parameters<typeof create>[0], run = quick()) {
  const rows = await rowsOf(await create(config, options(), run.components))
  return { values: rows.map(({ made }) => made), asked: run.asked.length }
}

describe('an edit', () => {
  it('of a kept function runs it again', async () => {
    const kept = { type: 'str', effect: true } as const
    expect((await valuesOf(cell(kept, () => 'v1'))).values).toEqual(['v1', 'v1', 'v1', 'v1'])
    expect((await valuesOf(cell(kept, () => 'v2'))).values).toEqual(['v2', 'v2', 'v2', 'v2'])
  })

  it('of a function that asks models runs it again, and buys only what it asks otherwise', async () => {
    const asks = (call: CellFunction) =>
      cell({ requiredColumns: ['n'], type: 'str', modelAliases: ['writer'] }, call)
    const first = await valuesOf(
      asks(async ({ n }, { models }) => `v1 ${(await models.writer!.generate(`say ${n}`)).content}`),
    )
    expect(first.asked).toBe(4)
    const edited = await valuesOf(
      asks(async ({ n }, { models }) => `v2 ${(await models.writer!.generate(`say ${n}`)).content}`),
    )
    expect(edited).toEqual({
      asked: 0,
      values: first.values.map((value) => String(value).replace('v1', 'v2')),
    })
    const other = await valuesOf(
      asks(async ({ n }, { models }) => `v2 ${(await models.writer!.generate(`TELL ${n}`)).content}`),
    )
    expect(other.asked).toBe(4)
    expect(other.values.join()).toContain('about TELL')
  })

  it.each([
    ['type', { type: 'json' as const }],
    ['effect', { type: 'str' as const, effect: false }],
    ['name', { type: 'str' as const, name: 'other' }],
    ['columns read', { type: 'str' as const, requiredColumns: ['n'] }],
  ])('of a declaration (%s) makes another dataset', async (_, declared) => {
    await create(
      cell({ type: 'str', effect: true }, () => 'a'),
      options(),
      quick().components,
    )
    const now = cell({ effect: true, ...declared }, () => 'a')
    const results = await create(now, options(), quick().components)
    expect(results.decision).toBe('fresh_beside')
  })

  it('of a full-column function, or of a validator, runs it again', async () => {
    const group = (word: string) =>
      configOf(
        word === 'a'
          ? fullColumn({ type: 'str' }, async (rows) => rows.map(() => 'a'))
          : fullColumn({ type: 'str' }, async (rows) => rows.map(() => 'b')),
        { generation_strategy: 'full_column' },
      )
    expect((await valuesOf(group('a'))).values[0]).toBe('a')
    expect((await valuesOf(group('b'))).values[0]).toBe('b')
    const checked = (call: (row: unknown) => unknown) =>
      configFromCode(
        {
          columns: [
            n,
            {
              name: 'made',
              column_type: 'validation',
              target_columns: ['n'],
              validator_type: 'local_callable',
              validator_params: { validation_function: call },
            },
          ],
        },
        'test',
      )
    expect((await valuesOf(checked(async () => true))).values[0]).toEqual({ is_valid: true })
    expect((await valuesOf(checked(async () => false))).values[0]).toEqual({ is_valid: false })
  })

  it('of a column beside it runs no kept function of a config that was never a file', async () => {
    let calls = 0
    const counted = customColumn({ type: 'str', effect: true }, () => `${calls++ >= 0}`)
    await create(configOf(counted), options(), quick().components)
    const beside = configOf(counted, {}, [{ name: 'x', column_type: 'expression', expr: '{{ n }}' }])
    await create(beside, options(), quick().components)
    expect(calls).toBe(4)
  })
})

describe('a function that never ends', () => {
  let onCall = (): void => {}
  const forever = () => () => {
    setTimeout(onCall, 0)
    return new Promise<never>(() => {})
  }

  it.each([
    ['is kept', configOf(customColumn({ timeout: 30, effect: true }, forever()))],
    ['is not kept', cellOf({ timeout: 30, effect: false, sideEffectColumns: { s: 'str' } }, forever())],
    [
      'makes a whole column',
      configOf(fullColumn({ timeout: 30 }, forever()), { generation_strategy: 'full_column' }),
    ],
    [
      'does not give back control',
      configOf(
        customColumn({ timeout: 0.05 }, () => {
          for (;;);
        }),
      ),
    ],
  ])('costs its row when its timeout is over: one that %s', async (_, config) => {
    const results = await create(config, options(1), quick().components)
    expect(results.firstNonRetryableError?.message).toMatch(
      /^The function "made" of column "made" failed: it gave nothing within its timeout of (30|0\.05) s$/,
    )
    expect(await results.countRecords()).toBe(0)
  })

  function cellOf(declared: GeneratorOptions, call: CellFunction) {
    return configOf(customColumn(declared, call))
  }

  it('is told that its time is up', async () => {
    let aborted = false
    const config = cell({ timeout: 30, effect: true }, (_, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true
      })
      return forever()()
    })
    await create(config, options(1), quick().components)
    expect(aborted).toBe(true)
  })

  it.each([
    ['is kept', configOf(customColumn({ effect: true }, forever()))],
    [
      'makes a whole column and is not kept',
      configOf(fullColumn({ effect: false }, forever()), { generation_strategy: 'full_column' }),
    ],
    ['makes rows', configOf(customColumn({}, forever()), { allow_resize: true })],
  ])('is named by a stop, which ends within the grace: one that %s', async (_, config) => {
    vi.spyOn(process, 'emitWarning').mockReturnValue(undefined)
    const controller = new AbortController()
    const run = create(config, { ...options(1), graceMs: 20, signal: controller.signal }, quick().components)
    const events: RunEvent[] = []
    const watched = (async () => {
      for await (const event of run.events()) events.push(event)
    })()
    onCall = () => controller.abort()
    expect((await failureOf(run)).code).toBe('aborted')
    await watched
    expect(events.find(({ type }) => type === 'stopping')).toMatchObject({ others: { 'function:made': 1 } })
  })

  it('cannot be given a timeout that is none', () => {
    for (const timeout of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => customColumn({ timeout }, () => 1)).toThrow('timeout must be a number of seconds above 0')
    }
  })
})

const hostile = new Proxy(
  {},
  {
    get() {
      throw new Error('get')
    },
    has() {
      throw new Error('has')
    },
    ownKeys() {
      throw new Error('keys')
    },
    getPrototypeOf() {
      throw new Error('prototype')
    },
  },
)
const throwing = (thrown: unknown) => () => {
  throw thrown
}

/** What a function does, and how the sentence about its row ends. */
const odd: readonly (readonly [string, GeneratorOptions, CellFunction, RegExp])[] = [
  [
    'throws an object without a prototype',
    {},
    throwing(Object.create(null)),
    /failed: \[Object: null prototype\] \{\}$/,
  ],
  ['throws a proxy that throws', {}, throwing(hostile), /failed: something that cannot be read$/],
  [
    'throws a promise that fails',
    {},
    () => {
      throw Promise.reject(new Error('no'))
    },
    /failed: Promise/,
  ],
  ['throws null', {}, throwing(null), /failed: null$/],
  ['throws undefined', {}, throwing(undefined), /failed: undefined$/],
  ['throws a symbol', {}, throwing(Symbol('x')), /failed: Symbol\(x\)$/],
  ['throws an object', {}, throwing({ code: 5 }), /failed: \{ code: 5 \}$/],
  [
    'throws an error whose message throws',
    {},
    throwing(
      Object.defineProperty(new Error('x'), 'message', {
        get: () => {
          throw new Error('y')
        },
      }),
    ),
    /failed: something that cannot be read$/,
  ],
  ['rejects', { effect: true }, async () => Promise.reject(Object.create(null)), /null prototype\] \{\}$/],
  ['returns a proxy that throws', {}, () => hostile, /failed: Error: (has|prototype|get)$/],
  ['returns a generator', {}, function* () {}, /no data: it is an instance of .*: give a plain object$/],
  ['returns a promise inside', {}, () => ({ a: Promise.resolve(1) }), /no data: a is a promise: await it$/],
  [
    'returns a Map',
    {},
    () => ({ a: [new Map()] }),
    /no data: a\[0\] is a Map: give Object.fromEntries\(map\)$/,
  ],
  ['returns bytes', {}, () => new Uint8Array(2), /no data: it is a Uint8Array: give Array.from\(it\)$/],
  [
    'returns an error',
    {},
    () => new RangeError('x'),
    /no data: it is an instance of RangeError: give a plain object$/,
  ],
  ['returns a function inside', {}, () => ({ f: () => 1 }), /no data: f is a function$/],
  [
    'returns what holds itself',
    {},
    () => {
      const a: Record<string, unknown> = {}
      a.b = a
      return a
    },
    /no data: it is nested too deeply, or contains itself$/,
  ],
  [
    'returns what is nested without end',
    {},
    () => {
      let deep: unknown = 1
      for (let i = 0; i < 200_000; i++) deep = { a: deep }
      return deep
    },
    /no data: it is nested too deeply, or contains itself$/,
  ],
  ['returns half a character', { type: 'str' }, () => '😀'.slice(0, 1), /cut in the middle of a character/],
  [
    'has a getter that throws',
    {},
    () => ({
      get a() {
        throw new Error('no luck')
      },
    }),
    /failed: Error: no luck$/,
  ],
  [
    'has side columns, and returns a proxy that throws',
    { sideEffectColumns: { s: 'str' } },
    () => hostile,
    /failed: Error: /,
  ],
]

describe('a function that', () => {
  it.each(odd)('%s costs its row alone, with a sentence', async (_, declared, call, message) => {
    const results = await create(cell(declared, call), options(1), quick().components)
    expect(results.firstNonRetryableError).toMatchObject({
      code: 'function_failed',
      facts: { column: 'made' },
    })
    expect(results.firstNonRetryableError?.message).toMatch(message)
  })

  it('leaves holes in its whole column costs its row group, with a sentence', async () => {
    const holes = fullColumn({ requiredColumns: ['n'], type: 'str' }, (rows) => {
      const out = new Array(rows.length)
      out[0] = 'a'
      return out
    })
    const results = await create(
      configOf(holes, { generation_strategy: 'full_column' }),
      options(),
      quick().components,
    )
    expect(results.firstNonRetryableError?.message).toMatch(/failed: it returned nothing for "made"$/)
  })
})

describe('a function of a config that was never a file', () => {
  it('cannot be bound or built in, since nothing tells what it does', () => {
    expect(() => configOf(Math.max)).toThrow('the function "max" is bound or built in')
    expect(() => configOf(echo.bind(null))).toThrow('is bound or built in')
  })

  it('cannot be declared twice in two ways', () => {
    const call = () => 1
    customColumn({ type: 'int' }, call)
    expect(() => customColumn({ type: 'int' }, call)).not.toThrow()
    expect(() => customColumn({ type: 'str' }, call)).toThrow('is declared twice, in two ways')
  })
})
