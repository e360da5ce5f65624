/** Models in the hands of functions: settings of one call, readers of answers, tools. */
import { describe, expect, it } from 'vitest'
import { configFromCode } from '../../../src/entries/config.ts'
import {
  type CellFunction,
  create,
  customColumn,
  defineTool,
  type GeneratorOptions,
} from '../../../src/index.ts'
import type { Transport } from '../../../src/models/http/transport.ts'
import { artifactFolder, failureOf, quick, rowsOf, smallOptions } from '../../support/small-runs.ts'

const folder = artifactFolder()

interface Body {
  readonly messages: readonly { readonly role: string; readonly content: string }[]
  readonly [setting: string]: unknown
}
type Message = Readonly<Record<string, unknown>>

/** A provider that keeps the bodies it got. */
function provider(reply: (body: Body, count: number) => Message) {
  const bodies: Body[] = []
  const transport: Transport = {
    async post(_url, _headers, text) {
      const body = JSON.parse(text) as Body
      bodies.push(body)
      const message: Message = { role: 'assistant', ...reply(body, bodies.length) }
      const finish_reason = message.tool_calls === undefined ? 'stop' : 'tool_calls'
      const usage = { prompt_tokens: 1, completion_tokens: 1 }
      return {
        status: 200,
        headers: {},
        body: JSON.stringify({ choices: [{ message, finish_reason }], usage }),
      }
    },
    close: async () => {},
  }
  return { bodies, components: { ...quick().components, transport: () => transport } }
}

function configOf(options: GeneratorOptions, call: CellFunction, more: object = {}) {
  return configFromCode(
    {
      model_configs: [
        {
          alias: 'writer',
          provider: 'simulator',
          model: 'm',
          inference_parameters: { temperature: 0.9, max_tokens: 50, extra_body: { seed: 1, top_k: 5 } },
        },
      ],
      columns: [
        { name: 'id', column_type: 'sampler', sampler_type: 'uuid', params: {} },
        {
          name: 'made',
          column_type: 'custom',
          generator_function: customColumn({ modelAliases: ['writer'], ...options }, call),
        },
      ],
      ...more,
    },
    'test',
  )
}

const one = () => smallOptions(folder.path, 1)

describe('a call with settings of its own', () => {
  it('sends them in place of those of the model, and keys of the body beside its', async () => {
    const { bodies, components } = provider(() => ({ content: 'yes' }))
    const config = configOf({}, async (_row, { models }) => {
      await models.writer!.generate('plain')
      const { parsed } = await models.writer!.generate('own', {
        systemPrompt: 'Be brief',
        temperature: 0,
        topP: 0.5,
        maxTokens: 7,
        extraBody: { seed: 2, min_p: 0.1 },
      })
      return parsed
    })
    expect(await rowsOf(await create(config, one(), components))).toMatchObject([{ made: 'yes' }])
    expect(bodies[0]).toMatchObject({ temperature: 0.9, max_tokens: 50, seed: 1, top_k: 5 })
    expect(bodies[0]).not.toHaveProperty('top_p')
    expect(bodies[1]).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      max_tokens: 7,
      seed: 2,
      top_k: 5,
      min_p: 0.1,
    })
    expect(bodies[1]!.messages.map(({ role }) => role)).toEqual(['system', 'user'])
  })

  it('is another question than one with other settings, and the same is asked once a cell', async () => {
    const { bodies, components } = provider((_body, count) => ({ content: `answer ${count}` }))
    const config = configOf({ type: 'str' }, async (_row, { models }) => {
      const ask = (temperature: number) => models.writer!.generate('q', { temperature })
      return [await ask(0), await ask(1)].map(({ parsed }) => parsed).join(', ')
    })
    expect(await rowsOf(await create(config, one(), components))).toMatchObject([
      { made: 'answer 1, answer 2' },
    ])
    expect(bodies.map(({ temperature }) => temperature)).toEqual([0, 1])
  })

  it.each([
    ['temperature must be a number from 0 to 2, not -1', { temperature: -1 }],
    ['maxTokens must be a whole number of at least 1, not 0.5', { maxTokens: 0.5 }],
    ['corrections must be a whole number of at least 0, not -1', { corrections: -1 }],
    ['extraBody is no data', { extraBody: { f: () => 1 } }],
    ['does not declare them', { toolAlias: 'search' }],
  ])('costs its row and no request when it cannot be: %s', async (message, options) => {
    const { bodies, components } = provider(() => ({ content: 'yes' }))
    const config = configOf({}, async (_row, { models }) => models.writer!.generate('q', options))
    const results = await create(config, one(), components)
    expect(results.firstNonRetryableError?.message).toContain(message)
    expect(bodies).toEqual([])
  })
})

describe('a reader of answers', () => {
  const numbers: CellFunction = async (_row, { models }) => {
    const { parsed } = await models.writer!.generate('A number, please', {
      corrections: 1,
      restarts: 1,
      parse: (text) => {
        if (!/^\d+$/.test(text)) throw new Error(`"${text}" is no number`)
        return Number(text)
      },
    })
    return parsed + 1
  }

  it('tells the model what was wrong, and gives what it made of the answer', async () => {
    const { bodies, components } = provider((_body, count) => ({ content: count === 1 ? 'four' : '4' }))
    const results = await create(configOf({ type: 'int' }, numbers), one(), components)
    expect(await rowsOf(results)).toMatchObject([{ made: 5n }])
    expect(bodies[1]!.messages.map(({ content }) => content)).toEqual([
      'A number, please',
      'four',
      'That answer cannot be used: The answer cannot be read: Error: "four" is no number. Answer again, in the form asked for.',
    ])
  })

  it('costs its row after its corrections and restarts', async () => {
    const { bodies, components } = provider(() => ({ content: 'four' }))
    const results = await create(configOf({ type: 'int' }, numbers), one(), components)
    expect(results.summary.failures).toMatchObject([{ column: 'made', code: 'function_failed', rows: 1 }])
    expect(bodies).toHaveLength(4)
  })
})

describe('a call with tools', () => {
  const tool_configs = [{ tool_alias: 'search', providers: ['local'], max_tool_call_turns: 2 }]
  const look = defineTool(
    {
      name: 'look_up',
      description: 'Looks something up.',
      parameters: { type: 'object', properties: { word: { type: 'string' } }, required: ['word'] },
    },
    ({ word }) => `${word} is a drink`,
  )
  const asking =
    (): CellFunction =>
    async (_row, { models }) => {
      const { parsed } = await models.writer!.generate('What is tea?', { toolAlias: 'search' })
      return parsed
    }

  it('lets the model call those of a tool alias that the function declares', async () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look_up', arguments: '{"word":"tea"}' } }
    const { bodies, components } = provider((_body, count) =>
      count === 1 ? { content: null, tool_calls: [call] } : { content: 'A drink.' },
    )
    const more = { tool_configs: [{ ...tool_configs[0], providers: [look] }] }
    const config = configOf({ toolAliases: ['search'], type: 'str' }, asking(), more)
    expect(await rowsOf(await create(config, one(), components))).toMatchObject([{ made: 'A drink.' }])
    expect(bodies[1]!.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool'])
    expect(bodies[1]!.messages[2]!.content).toBe('tea is a drink')
  })

  it('is refused before the run when the config has no such alias', async () => {
    const { bodies, components } = provider(() => ({ content: 'yes' }))
    const config = configOf({ toolAliases: ['serch'] }, asking(), { tool_configs })
    const error = await failureOf(create(config, one(), components))
    expect(error).toMatchObject({ code: 'config_invalid' })
    expect(error.message).toContain('unknown tool alias "serch"; did you mean "search"?')
    expect(bodies).toEqual([])
  })
})
