import { isIPv4, isIPv6 } from 'node:net'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { toValue, type ValueObject } from '../../../src/base/values/value.ts'
import { readJsonAnswer } from '../../../src/models/answer/json-answer.ts'
import { structuredPrompt, structuredReader } from '../../../src/models/answer/structured.ts'
import { readReply } from '../../../src/models/wire/reply.ts'
import { simulatedModel } from '../../../src/simulate/server/simulated-model.ts'
import { schemas } from './schemas.ts'

/** The JSON of an answer. */
const parseStructured = (content: string) => readJsonAnswer(content, (value) => value)

function body(content: string, more: Record<string, unknown> = {}): string {
  return JSON.stringify({ model: 'm', messages: [{ role: 'user', content }], ...more })
}

function ask(model: ReturnType<typeof simulatedModel>, content: string, more: Record<string, unknown> = {}) {
  const response = model(body(content, more))
  expect(response.status).toBe(200)
  return readReply(response.body)
}

describe('the simulated model', () => {
  it('answers equal requests equally, in any order and in any process', () => {
    const prompts = Array.from({ length: 50 }, (_, index) => body(`Review ${index}`))
    const forth = prompts.map(simulatedModel({ seed: 4n }))
    const back = [...prompts]
      .reverse()
      .map(simulatedModel({ seed: 4n }))
      .reverse()
    expect(back).toEqual(forth)
    expect(new Set(forth.map((response) => response.body)).size).toBe(50)
    expect(simulatedModel({ seed: 5n })(prompts[0]!).body).not.toBe(forth[0]!.body)
  })

  it('never changes its answers: a golden one', () => {
    expect(ask(simulatedModel({ words: 40 }), 'Hello').content).toBe(
      'The light cushion holds firmly against the quiet cushion on the simple speaker indeed. The narrow screen turned quietly every day. The sturdy seat performs often without the modest cover indeed. The narrow screen lasts properly beside the neat speaker.',
    )
  })

  it.each([1, 2, 3, 4, 5, 9, 14, 15, 16, 60, 150, 1000])('writes %i words when asked for them', (words) => {
    const model = simulatedModel({ words })
    for (let index = 0; index < 50; index++) {
      const { content } = ask(model, `Prompt ${index}`)
      expect(content.split(/\s+/)).toHaveLength(words)
      expect(content).toMatch(/^[A-Z][A-Za-z .\n]*\.$/)
    }
  })

  it('does not repeat itself over twenty thousand rows', () => {
    const model = simulatedModel({ words: 20 })
    const seen = new Set<string>()
    for (let row = 0; row < 20_000; row++) seen.add(model(body(`Row ${row}`)).body)
    expect(seen.size).toBe(20_000)
  })

  it('counts tokens by length, the same every time', () => {
    const reply = ask(simulatedModel(), 'x'.repeat(400))
    expect(reply.usage.inputTokens).toBe(100)
    expect(reply.usage.outputTokens).toBe(Math.ceil(reply.content.length / 4))
    expect(reply.finishReason).toBe('stop')
  })

  it.each(Object.keys(schemas))('makes what a schema accepts: %s', (name) => {
    const schema = schemas[name]!
    const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema)
    const asValue = toValue(schema) as ValueObject
    const reader = structuredReader(asValue)
    const model = simulatedModel({ words: 20 })
    for (let index = 0; index < 40; index++) {
      const enforced = ask(model, `Prompt ${index}`, {
        response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      })
      expect(validate(JSON.parse(enforced.content)), JSON.stringify(validate.errors)).toBe(true)
      const prompted = ask(model, structuredPrompt(`Prompt ${index}`, asValue))
      expect(prompted.content).toMatch(/^```json\n[\s\S]*\n```$/)
      const value = reader.read(prompted)
      expect(value).toEqual(parseStructured(prompted.content))
    }
  })

  it('keeps to string formats', () => {
    const checks: Record<string, (text: string) => boolean> = {
      date: (text) => /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)),
      time: (text) => !Number.isNaN(Date.parse(`2020-01-01T${text}`)),
      'date-time': (text) => text.endsWith('Z') && !Number.isNaN(Date.parse(text)),
      duration: (text) => /^P\d+D$/.test(text),
      email: (text) => /^[a-z0-9]+@example\.com$/.test(text),
      hostname: (text) => /^[a-z0-9.]+$/.test(text),
      ipv4: isIPv4,
      ipv6: isIPv6,
      uri: (text) => URL.canParse(text),
      uuid: (text) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/.test(text),
    }
    const model = simulatedModel()
    for (let index = 0; index < 50; index++) {
      const { content } = ask(model, `Prompt ${index}`, {
        response_format: { type: 'json_schema', json_schema: { schema: schemas['string formats'] } },
      })
      const made = JSON.parse(content) as Record<string, string>
      expect(Object.keys(made).sort()).toEqual(Object.keys(checks).sort())
      for (const [format, text] of Object.entries(made)) {
        expect(checks[format]!(text), `${format}: ${text}`).toBe(true)
      }
    }
  })

  it('answers in bare JSON when the prompt shows a schema but no fence', () => {
    const { content } = ask(
      simulatedModel(),
      'Do <response_schema>{"type":"object","properties":{"a":{"type":"integer"}}}</response_schema>',
    )
    expect(Object.keys(JSON.parse(content))).toEqual(['a'])
  })

  it('gives every serial answer a number of its own, that survives reading', () => {
    const model = simulatedModel({ answers: 'serial', words: 10 })
    const schema = toValue(schemas['a flat object']) as ValueObject
    const numbers = Array.from({ length: 200 }, (_, index) => {
      if (index % 2 === 0) return /#S(\d+)/.exec(ask(model, 'Same prompt').content)?.[1]
      const reply = ask(model, structuredPrompt('Same prompt', schema))
      const value = structuredReader(schema).read(reply) as { title: string }
      return /#S(\d+)$/.exec(value.title)?.[1]
    })
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, index) => String(index + 1)))
  })

  it('puts the serial beside the JSON, and into the id, when no string is free to hold it', () => {
    const model = simulatedModel({ answers: 'serial' })
    const schema = toValue({ type: 'object', properties: { a: { type: 'integer' } } }) as ValueObject
    const response = model(body(structuredPrompt('x', schema)))
    const { content } = readReply(response.body)
    expect(content).toMatch(/```\n#S1$/)
    expect(Object.keys(structuredReader(schema).read(readReply(response.body)) as object)).toEqual(['a'])
    expect(JSON.parse(response.body).id).toBe('chatcmpl-s1')
  })

  it('keeps the serial within the length a string may have', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', maxLength: 12 } } }
    const { content } = ask(simulatedModel({ answers: 'serial' }), 'x', {
      response_format: { type: 'json_schema', json_schema: { schema } },
    })
    const { a } = JSON.parse(content)
    expect(a).toMatch(/ #S1$/)
    expect(a.length).toBeLessThanOrEqual(12)
  })

  it.each([
    '',
    '[]',
    '{}',
    '{"model":"m"}',
    '{"model":"m","messages":[]}',
    '{"model":"m","messages":["x"]}',
    '{"model":3,"messages":[{"role":"user","content":"x"}]}',
  ])('refuses %j with 400 and a reason', (text) => {
    const response = simulatedModel()(text)
    expect(response.status).toBe(400)
    expect(JSON.parse(response.body).error.message).toMatch(/\.$/)
  })
})
