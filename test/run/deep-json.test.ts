/** Lists in lists, thousands of levels deep, wherever JSON comes from: a sentence, or a row that failed, and never a stack that ran over. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseJson } from '../../src/base/values/json.ts'
import { parseYaml } from '../../src/config/reading/yaml.ts'
import { configFromCode, configFromValue } from '../../src/entries/config.ts'
import { create, customColumn, open, RowsmithError } from '../../src/index.ts'
import { messagesIn } from '../../src/tools/call/messages.ts'
import { answer } from '../support/scripted-transport.ts'
import { artifactFolder, echo, quick, smallOptions } from '../support/small-runs.ts'

/** Enough to run over any stack; a hundred thousand come to the same, and take seconds. */
const levels = 20_000
const lists = '['.repeat(levels) + ']'.repeat(levels)
const objects = `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const numbered = `${'{"1":'.repeat(levels)}1${'}'.repeat(levels)}`

/** A value in memory that is as deep. */
function deep(wrap: (inner: unknown) => unknown = (inner) => [inner]): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level++) value = wrap(value)
  return value
}

const folder = artifactFolder()
const told = 'nested more than 500 levels deep'

describe('a text', () => {
  test.each([
    ['lists', lists],
    ['objects', objects],
    ['objects with numbers for names', numbered],
    ['lists that never end', '['.repeat(levels)],
  ])('of JSON: %s', (_name, text) => {
    expect(() => parseJson(text)).toThrow(SyntaxError)
  })

  test('of JSON with brackets in its strings alone, or many beside each other, is not deep', () => {
    const text = `{"a":"${'[{\\"'.repeat(levels)}","b":[${'[],'.repeat(levels)}{}]}`
    expect(Object.keys(parseJson(text) as object)).toEqual(['a', 'b'])
  })

  test.each([
    ['lists', `columns: ${lists}`],
    ['JSON', objects],
    ['blocks', Array.from({ length: 1_200 }, (_, level) => `${' '.repeat(level)}a:`).join('\n')],
    ['501 levels', `${'{a: '.repeat(501)}1${'}'.repeat(501)}`],
  ])('of a config: %s', (_name, text) => {
    expect(() => parseYaml(text, 'c.yaml')).toThrow(
      expect.objectContaining({ code: 'config_unreadable', message: expect.stringContaining(told) }),
    )
  })
})

const models = [{ alias: 'm', provider: 'simulator', model: 'm' }]
const id = { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} } as const
const asked = { name: 'text', column_type: 'llm-text', model_alias: 'm', prompt: 'Tell {{ id }}' } as const

describe('a config as a value', () => {
  test.each([
    [
      'a schema',
      {
        ...asked,
        column_type: 'llm-structured',
        output_format: deep((properties) => ({ type: 'object', properties: { properties } })),
      },
    ],
    ['values of a sampler', { ...id, sampler_type: 'category', params: { values: deep() } }],
    ['a column that is a list', deep()],
  ])('with %s', (_name, column) => {
    let error: unknown
    try {
      configFromCode({ model_configs: models, columns: [id, column] } as never, 'test')
    } catch (thrown) {
      error = thrown
    }
    expect(RowsmithError.isInstance(error) && error.code).toBe('config_invalid')
  })
})

/** What a run of two rows comes to: rows that failed, or an error that says why. */
async function endOf(config: Parameters<typeof create>[0], reply: Parameters<typeof quick>[0] = echo) {
  const options = { ...smallOptions(folder.path, 2), runConfig: { disable_early_shutdown: true } }
  const results = await create(config, options, quick(reply).components).catch((error: unknown) => error)
  if (results instanceof Error) return { code: RowsmithError.isInstance(results) ? results.code : results }
  return {
    failed: (results as Awaited<ReturnType<typeof create>>).summary.failures.map(({ code, rows }) => [
      code,
      rows,
    ]),
  }
}

const structured = { column_type: 'llm-structured', output_format: { type: 'object', properties: { a: {} } } }
const choices = '"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]'
const body = (text: string) => () => ({ status: 200, headers: {}, body: text })

/** The rows fail, or the run stops: nobody was answered. */
const unusable = expect.toSatisfy((end: Awaited<ReturnType<typeof endOf>>) =>
  /^(server_error|endpoint_unreachable)$/.test(String(end.code ?? end.failed?.[0]?.[0])),
)

describe('an answer', () => {
  test.each([
    ['as structured data', structured, () => answer(objects), { failed: [['parse_failed', 2]] }],
    ['in its envelope', {}, body(`{${choices},"x":${lists}}`), unusable],
    ['as all of it', {}, body(lists), unusable],
  ])('%s', async (_name, more, reply, end) => {
    const columns = [id, { ...asked, ...more }]
    const config = configFromValue({ model_configs: models, columns } as never, 'test')
    expect(await endOf(config, reply)).toEqual(end)
  })
})

describe('what a function returns', () => {
  test.each([
    ['a list in lists', () => deep()],
    [
      'an object that holds itself',
      () =>
        Object.assign(
          {},
          { self: {} },
          {
            get self() {
              return this
            },
          },
        ),
    ],
  ])('%s: its row fails', async (_name, make) => {
    const made = customColumn({ requiredColumns: ['id'], type: 'json' }, () => make() as never)
    const column = { name: 'made', column_type: 'custom', generator_function: made }
    const config = configFromCode({ columns: [id, column] } as never, 'test')
    expect(await endOf(config)).toEqual({ failed: [['function_failed', 2]] })
  })
})

test('a file of a dataset is damaged, and not more than that', async () => {
  const config = configFromValue({ model_configs: models, columns: [id, asked] } as never, 'test')
  const { components } = quick(echo)
  const { path } = await create(config, smallOptions(folder.path, 2), components)
  const ends: Record<string, unknown> = {}
  for (const name of [
    'metadata.json',
    'builder_config.json',
    '.rowsmith/run.json',
    '.rowsmith/launch.json',
    '.rowsmith/events.jsonl',
  ]) {
    const whole = readFileSync(join(path, name))
    writeFileSync(join(path, name), objects)
    const { findings } = await open(path, { disk: components.disk }).verify()
    const told = await open(path)
      .status()
      .then(
        ({ not_whole: notWhole }) => notWhole.map((each) => each.path),
        ({ code }: RowsmithError) => code,
      )
    ends[name] = [findings.filter(({ severity }) => severity === 'damaged').map((each) => each.path), told]
    writeFileSync(join(path, name), whole)
  }
  expect(ends).toEqual({
    'metadata.json': [['metadata.json'], 'metadata_corrupt'],
    'builder_config.json': [['builder_config.json'], ['builder_config.json']],
    '.rowsmith/run.json': [['.rowsmith/run.json'], 'run_json_damaged'],
    '.rowsmith/launch.json': [['.rowsmith/launch.json'], ['.rowsmith/launch.json']],
    '.rowsmith/events.jsonl': [['.rowsmith/events.jsonl'], ['.rowsmith/events.jsonl']],
  })
})

test('an answer of an MCP server is an error of its call', () => {
  const [message] = messagesIn(
    `{"jsonrpc":"2.0","id":7,"result":{"content":[],"structuredContent":${objects}}}`,
  )!
  expect(message).toMatchObject({ id: 7, error: { message: expect.stringContaining(told) } })
})
