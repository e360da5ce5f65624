/** One question to one model, outside of a run. */
import { describe, expect, it } from 'vitest'
import { configFromValue } from '../../src/entries/config.ts'
import { askModel } from '../../src/entries/models.ts'
import { answer, failure, scriptedTransport } from '../support/scripted-transport.ts'

const config = configFromValue(
  {
    model_configs: [
      { alias: 'writer', provider: 'simulator', model: 'm', inference_parameters: { max_tokens: 77n } },
      {
        alias: 'painter',
        provider: 'simulator',
        model: 'p',
        inference_parameters: { generation_type: 'image' },
      },
    ],
    columns: [{ name: 'a', column_type: 'expression', expr: '{{ 1 }}' }],
  } as never,
  'test',
)

describe('a question to a model', () => {
  it('is one request with the settings of the alias, and its answer comes with what it took', async () => {
    const { asked, components } = scriptedTransport(() => answer('Good day'))
    const said = await askModel(config, 'writer', 'Hello?', { systemPrompt: 'Be kind' }, components)
    expect(said).toMatchObject({ content: 'Good day', finishReason: 'stop', vector: null })
    expect(said.usage).toMatchObject({ inputTokens: 10, outputTokens: 5 })
    expect(asked).toMatchObject([{ prompt: 'Hello?', maxTokens: 77 }])
  })

  it('fails once, with what the provider said', async () => {
    const { asked, components } = scriptedTransport(() => failure(401, 'who are you'))
    await expect(askModel(config, 'writer', 'Hello?', {}, components)).rejects.toMatchObject({
      message: expect.stringContaining('who are you'),
    })
    expect(asked).toHaveLength(1)
  })

  it.each([
    ['an alias that is nowhere', 'wrter', 'unknown_model_alias', /did you mean "writer"/],
    ['a model that makes images', 'painter', 'usage', /makes images/],
  ])('is not sent to %s', async (_what, alias, code, message) => {
    const { asked, components } = scriptedTransport(() => answer('x'))
    await expect(askModel(config, alias, 'Hello?', {}, components)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
    expect(asked).toEqual([])
  })
})
