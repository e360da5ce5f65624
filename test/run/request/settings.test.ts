/** The table of settings: each row read from a command line, checked, remembered in launch.json, and read back. */
import { describe, expect, it } from 'vitest'
import type { ValueObject } from '../../../src/base/values/value.ts'
import { resolveOptions } from '../../../src/run/request/options.ts'
import {
  overRemembered,
  rememberedFiles,
  rememberedSettings,
  settingsToRemember,
} from '../../../src/run/request/remembered-settings.ts'
import type { Kind } from '../../../src/run/request/setting-kinds.ts'
import {
  flagName,
  type Setting,
  type SettingName,
  settingRows,
  settings,
} from '../../../src/run/request/settings.ts'
import { type LaunchFile, readLaunchFile, writeLaunchFile } from '../../../src/store/control/launch-file.ts'
import { contentsOf } from '../../../src/store/files/read-file.ts'
import { emptyDataset, layout, on } from '../../store/dataset.ts'

const writer = { pid: 1, nonce: 'test' }

describe('a row', () => {
  const shown = settingRows.flatMap(([name, { flag }]) => (flag === undefined ? [] : [[name, flag] as const]))

  it('names a flag that no other row has, long and short', () => {
    const names = shown.flatMap(([, { flags }]) => flags.match(/(?<= |^)--?[a-z-]+/g) ?? [])
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
    expect(shown.map(([, flag]) => flagName(flag))).toContain('--max-parallel-requests')
  })

  it('names a member of launch.json that no other row has', () => {
    const members = settingRows.flatMap(([, { stored, file }]) => [stored, file?.stored]).filter(Boolean)
    expect(members.filter((name, index) => members.indexOf(name) !== index)).toEqual([])
  })

  it.each(settingRows.filter(([, { stored }]) => stored !== undefined))(
    'that is remembered can be stored, and recalled as not given: %s',
    (_, { kind, default: otherwise }) => {
      const stored = kind.store?.(null)
      expect(stored).toBeDefined()
      expect([undefined, otherwise]).toContainEqual(kind.recall?.(stored ?? null))
    },
  )

  it.each(settingRows)('accepts its own default: %s', (name, { kind, default: otherwise }) => {
    const value = typeof otherwise === 'function' ? otherwise() : otherwise
    if (value !== null) expect(kind.check(value, name)).toEqual(value)
  })
})

describe('the flag of a setting', () => {
  it.each<[SettingName, string, unknown, ValueObject]>([
    ['numRecords', '12', 12, {}],
    ['maxParallelRequests', '8', 8, { max_parallel_requests: 8n }],
    ['maxCost', '2.50', 2.5, { max_cost: 2.5 }],
    ['maxCost', 'none', null, { max_cost: null }],
    ['maxTokens', '1000', 1000, { max_tokens: 1000n }],
    ['maxTokens', 'none', null, { max_tokens: null }],
    ['maxTimeMs', '2h', 7_200_000, { max_time_ms: 7_200_000n }],
    ['maxTimeMs', 'none', null, { max_time_ms: null }],
    ['graceMs', '1.5m', 90_000, {}],
    ['seed', '-1', 2n ** 64n - 1n, {}],
    ['resume', 'if-possible', 'if_possible', {}],
    ['reuse', 'none', 'none', {}],
    ['reuse', 'other/dataset', { directory: 'other/dataset' }, {}],
    [
      'models',
      'writer=openrouter/meta/llama-3:free',
      [{ alias: 'writer', provider: 'openrouter', model: 'meta/llama-3:free' }],
      { models: [{ alias: 'writer', provider: 'openrouter', model: 'meta/llama-3:free' }] },
    ],
  ])('%s %s is read, used and remembered', (name, text, value, remembered) => {
    const { kind, flag }: Setting = settings[name]
    const given = kind.parse?.(text, flagName(flag!))
    expect(given).toEqual(value)
    const options = resolveOptions({ [name]: given })
    expect(options[name]).toEqual(value)
    expect(settingsToRemember(options)).toMatchObject(remembered)
  })

  it.each<[SettingName, string, RegExp]>([
    ['numRecords', '0', /^--num-records takes a whole number of at least 1, not "0"$/],
    ['maxCost', '0', /^--max-cost takes an amount such as 2.50, or none/],
    ['maxRequests', 'all', /^--max-requests takes a whole number/],
    ['maxTimeMs', '0', /^--max-time takes a duration above 0, or none, not "0"$/],
    ['maxTimeMs', '2', /^--max-time takes a duration/],
    ['graceMs', '30', /^--grace takes a duration/],
    ['seed', '5.5', /^--seed takes an integer of 64 bits/],
    ['resume', 'sometimes', /^--resume takes if_possible, always, never, not "sometimes"$/],
    ['reuse', '', /^--reuse takes auto, none or a dataset directory/],
    ['models', 'writer', /^--model takes ALIAS=PROVIDER\/MODEL/],
  ])('%s refuses %j with its own name', (name, text, says) => {
    const { kind, flag }: Setting = settings[name]
    expect(() => kind.parse?.(text, flagName(flag!))).toThrow(says)
  })

  it('of a model can be given again', () => {
    const { parse }: Kind<unknown> = settings.models.kind
    expect(parse?.('b=p/m', '--model', parse('a=p/m', '--model'))).toMatchObject([
      { alias: 'a' },
      { alias: 'b' },
    ])
  })
})

describe('a library option', () => {
  it.each<[SettingName, unknown, RegExp]>([
    ['numRecords', 1.5, /^numRecords must be a whole number of at least 1/],
    ['maxTokens', 0, /^maxTokens must be a whole number of at least 1/],
    ['maxCost', -1, /^maxCost must be an amount above 0/],
    ['maxTimeMs', 0, /^maxTimeMs must be milliseconds, 1 or more/],
    ['graceMs', -1, /^graceMs must be milliseconds, 0 or more/],
    ['datasetName', '../other', /"..\/other" is not a plain folder name/],
    ['resume', 'sometimes', /^resume must be one of if_possible/],
    ['reuse', { directory: '' }, /^reuse must be 'auto'/],
    ['seed', 2 ** 60, /^seed must be a whole number from 0/],
  ])('%s refuses %j with its own name', (name, value, says) => {
    expect(() => resolveOptions({ [name]: value })).toThrow(says)
  })

  it('that is null is none, and gets its default', () => {
    const untyped: object = { numRecords: null, reuse: null, seed: null }
    expect(resolveOptions(untyped)).toMatchObject({ numRecords: 10, reuse: 'auto', seed: null })
  })
})

describe('launch.json', () => {
  const launch = (given: ValueObject): LaunchFile => ({
    config_file: '/home/ana/reviews.ts',
    config_args: ['--topic', 'tea'],
    seed_folder: '/home/ana',
    managed_assets: null,
    person_files: [{ path: '/p', stamp: '1 2 3', sha256: 'ab' }],
    prices: { 'openai/gpt-4.1-mini': { input: 0.4 } },
    settings: given,
  })

  const given = {
    runConfig: { buffer_size: 10, shutdown_error_rate: 0.5 },
    models: [{ alias: 'writer', provider: 'openai', model: 'gpt-4.1-mini' }],
    maxParallelRequests: 8,
    maxCost: 2.5,
    maxRequests: 100,
    launch: { envFile: '/home/ana/keys.env', mcpProvidersFile: '/home/ana/mcp_providers.yaml' },
  }

  it('has the bytes that 0.1 gave it', async () => {
    const disk = emptyDataset()
    const remembered = settingsToRemember(resolveOptions(given))
    await writeLaunchFile(on(disk), launch(remembered), writer)
    expect(new TextDecoder().decode(await disk.readFile(layout.launch))).toBe(written)
    const found = contentsOf(await readLaunchFile(on(disk)))!
    expect({ ...found, settings: {} }).toStrictEqual(launch({}))
    expect(rememberedSettings(found.settings)).toStrictEqual(rememberedSettings(remembered))
  })

  it('gives back what was given', () => {
    const { launch: files, ...values } = given
    const remembered = settingsToRemember(resolveOptions(given))
    expect(rememberedSettings(remembered)).toStrictEqual({
      ...values,
      runConfig: { buffer_size: 10, shutdown_error_rate: 0.5 },
    })
    expect(rememberedFiles(remembered)).toStrictEqual(files)
  })

  it('that an earlier version wrote lacks what it did not know, and that is not given', () => {
    expect(rememberedSettings({ run_config: {}, models: [], max_parallel_requests: 4n })).toStrictEqual({
      runConfig: {},
      models: [],
      maxParallelRequests: 4,
    })
  })

  it('counts a member of another kind as not given', () => {
    expect(rememberedSettings({ max_cost: 'much', max_tokens: 0n, models: 'writer' })).toStrictEqual({})
  })
})

it('what is given now stands over what is remembered: none lifts a limit, keys of a run config stand one by one', () => {
  const remembered = { maxCost: 5, maxTokens: 100, runConfig: { buffer_size: 10 }, env: { KEY: 'a', A: '1' } }
  const now = { maxCost: null, runConfig: { salvage: true }, env: { KEY: 'b' } }
  expect(overRemembered(remembered, now)).toStrictEqual({
    maxCost: null,
    maxTokens: 100,
    runConfig: { buffer_size: 10, salvage: true },
    env: { KEY: 'b', A: '1' },
  })
})

/** What version 0.1 wrote for these settings. */
const written = `{
  "config_file": "/home/ana/reviews.ts",
  "config_args": [
    "--topic",
    "tea"
  ],
  "providers_file": null,
  "env_file": "/home/ana/keys.env",
  "mcp_providers_file": "/home/ana/mcp_providers.yaml",
  "seed_folder": "/home/ana",
  "managed_assets": null,
  "person_files": [
    {
      "path": "/p",
      "stamp": "1 2 3",
      "sha256": "ab"
    }
  ],
  "run_config": {
    "buffer_size": 10,
    "shutdown_error_rate": 0.5
  },
  "models": [
    {
      "alias": "writer",
      "provider": "openai",
      "model": "gpt-4.1-mini"
    }
  ],
  "max_parallel_requests": 8,
  "max_cost": 2.5,
  "max_tokens": null,
  "max_requests": 100,
  "prices": {
    "openai/gpt-4.1-mini": {
      "input": 0.4
    }
  },
  "sha256": "ad18871e8864629aaebe0b55036a842296ce51b2e2b4b822f81a4607ea1c27ce"
}
`
