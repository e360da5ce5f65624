import { describe, expect, it } from 'vitest'
import { readReply } from '../../../src/models/wire/reply.ts'
import { completion } from '../scripted-server.ts'

function message(message: Record<string, unknown>, finish: unknown = 'stop'): string {
  return JSON.stringify({ choices: [{ message, finish_reason: finish }] })
}

describe('reading a reply', () => {
  it('takes content, finish reason and usage', () => {
    expect(readReply(completion('Hi'))).toEqual({
      content: 'Hi',
      reasoning: null,
      finishReason: 'stop',
      usage: { inputTokens: 3, cachedInputTokens: 0, outputTokens: 5, reasoningTokens: 0 },
    })
  })

  it('joins a list of text blocks', () => {
    const blocks = [
      { type: 'text', text: 'one ' },
      'two',
      { type: 'image' },
      { type: 'text', text: ' three' },
    ]
    expect(readReply(message({ content: blocks })).content).toBe('one two three')
  })

  it('reads null and missing content as empty text', () => {
    expect(readReply(message({ content: null })).content).toBe('')
    expect(readReply(message({})).content).toBe('')
  })

  it('reads reasoning under both names, the first one first', () => {
    expect(readReply(message({ content: 'a', reasoning_content: 'why' })).reasoning).toBe('why')
    expect(readReply(message({ content: 'a', reasoning: 'r', reasoning_content: 'why' })).reasoning).toBe('r')
    expect(readReply(message({ content: 'a', reasoning: '' })).reasoning).toBeNull()
  })

  it('calls a refusal filtered, and max_tokens a cut', () => {
    expect(readReply(message({ content: null, refusal: 'No.' })).finishReason).toBe('content_filter')
    expect(readReply(message({ content: 'a' }, 'max_tokens')).finishReason).toBe('length')
    expect(readReply(message({ content: 'a' }, null)).finishReason).toBeNull()
  })

  it.each([
    [
      [
        { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
        { type: 'text', text: 'Yes' },
      ],
      'hm',
    ],
    [
      [
        { type: 'thinking', thinking: 'hm' },
        { type: 'text', text: 'Yes' },
      ],
      'hm',
    ],
    [[{ type: 'reasoning', text: 'hm' }, 'Yes'], 'hm'],
    [
      [
        { type: 'reasoning.text', text: 'h' },
        { type: 'reasoning.text', text: 'm' },
        { type: 'text', text: 'Yes' },
      ],
      'hm',
    ],
    ['<think>hm</think>Yes', 'hm'],
    ['hm</think>Yes', 'hm'],
    ['[THINK]hm[/THINK]Yes', 'hm'],
  ])('takes thoughts out of the content %j', (content, reasoning) => {
    expect(readReply(message({ content }))).toMatchObject({ content: 'Yes', reasoning })
  })

  it('leaves thoughts in tags where they are when it is told to', () => {
    const content = '<think>hm</think>Yes'
    expect(readReply(message({ content }), 'keep')).toMatchObject({ content, reasoning: null })
  })

  it('reads thoughts that OpenRouter gives in details alone, and those in tags beside a member of their own', () => {
    const reasoning_details = [{ type: 'reasoning.summary', summary: 'hm' }]
    expect(readReply(message({ content: 'Yes', reasoning_details })).reasoning).toBe('hm')
    const both = message({ content: '<think>b</think>Yes', reasoning_content: 'a' })
    expect(readReply(both)).toMatchObject({ content: 'Yes', reasoning: 'a\n\nb' })
  })

  it('has no answer where thoughts never end', () => {
    expect(readReply(message({ content: '<think>```json\n{"a":1}\n```' }))).toMatchObject({ content: '' })
  })

  it('calls an answer broken off whose choice has an error', () => {
    for (const error of [{ code: 502, message: 'Upstream died' }, 'Upstream died']) {
      const body = JSON.stringify({
        choices: [{ message: { content: 'The beg' }, finish_reason: 'stop', error }],
      })
      expect(readReply(body).finishReason).toBe('error')
    }
  })

  it('counts no tokens where the provider counts none or nonsense', () => {
    const none = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 }
    expect(readReply(message({ content: 'a' })).usage).toEqual(none)
    expect(
      readReply(completion('a', { usage: { prompt_tokens: -1, completion_tokens: 'x' } })).usage,
    ).toEqual(none)
  })

  it('counts cached tokens as part of the input, and reasoning as part of the output', () => {
    const details = {
      prompt_tokens: 100,
      completion_tokens: 50,
      total_tokens: 150,
      prompt_tokens_details: { cached_tokens: 80 },
      completion_tokens_details: { reasoning_tokens: 30 },
    }
    const usage = { inputTokens: 100, cachedInputTokens: 80, outputTokens: 50, reasoningTokens: 30 }
    expect(readReply(completion('a', { usage: details })).usage).toEqual(usage)
    // Some providers count reasoning apart; the total tells.
    expect(readReply(completion('a', { usage: { ...details, total_tokens: 180 } })).usage).toEqual({
      ...usage,
      outputTokens: 80,
    })
    const others = { prompt_tokens: 10, completion_tokens: 5, prompt_cache_hit_tokens: 70 }
    expect(readReply(completion('a', { usage: others })).usage).toMatchObject({ cachedInputTokens: 10 })
    const behindGateways = [
      { prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 } },
      { prompt_tokens_details: { cached_tokens: 4 }, cache_creation_input_tokens: 3 },
    ]
    for (const written of behindGateways) {
      const { usage } = readReply(
        completion('a', { usage: { prompt_tokens: 10, completion_tokens: 5, ...written } }),
      )
      expect(usage).toMatchObject({ inputTokens: 10, cachedInputTokens: 4, cacheWriteTokens: 3 })
    }
  })

  it('makes text well-formed', () => {
    expect(readReply('{"choices":[{"message":{"content":"a\\ud800b"}}]}').content).toBe('a\ufffdb')
  })

  it.each(['', 'x', '[]', '{}', '{"choices":[{}]}'])('says that %j is no chat completion', (body) => {
    expect(() => readReply(body)).toThrow(expect.objectContaining({ code: 'server_error' }))
  })
})
