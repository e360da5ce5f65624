import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { TransportFailure, TransportResponse } from '../../../src/models/http/transport.ts'
import { readReply } from '../../../src/models/wire/reply.ts'
import { asking } from '../support.ts'

type Ended = TransportResponse | TransportFailure

/** A word for how a request ended. */
function ending(result: Ended): string {
  if ('broken' in result) return result.broken
  if (result.status !== 200) return String(result.status)
  try {
    return readReply(result.body).finishReason ?? 'nothing'
  } catch {
    return 'unreadable'
  }
}

async function endings(scenario: object, requests: number, prompt = (index: number) => `Row ${index}`) {
  const simulator = asking(scenario)
  const seen: string[] = []
  for (let index = 0; index < requests; index++) seen.push(ending(await simulator.chat(prompt(index))))
  return seen
}

const schema = {
  type: 'object',
  properties: { title: { type: 'string' }, stars: { type: 'integer' } },
  required: ['title', 'stars'],
}
const asksForSchema = { response_format: { type: 'json_schema', json_schema: { name: 'x', schema } } }

describe('a fault', () => {
  it.each([
    [{ fault: 'status', status: 503 }, '503'],
    [{ fault: 'reset' }, 'closed'],
    [{ fault: 'reset', after: 'half' }, 'closed'],
    [{ fault: 'stall' }, 'timeout'],
    [{ fault: 'stall', for: '10s' }, 'stop'],
    [{ fault: 'stall', for: '2m' }, 'timeout'],
    [{ fault: 'slow_first_byte', by: '59s' }, 'stop'],
    [{ fault: 'slow_first_byte', by: '61s' }, 'timeout'],
    [{ fault: 'malformed_body' }, 'unreadable'],
    [{ fault: 'truncated_body' }, 'unreadable'],
    [{ fault: 'length' }, 'length'],
    [{ fault: 'content_filter' }, 'content_filter'],
    [{ fault: 'empty' }, 'stop'],
  ])('%j ends a request with %s', async (fault, expected) => {
    expect(await endings({ faults: [fault] }, 1)).toEqual([expected])
  })

  it.each([
    [{ fault: 'stall' }, 5_000],
    [{ fault: 'stall', for: '4s' }, 4_000],
    [{ fault: 'stall', for: '9s' }, 5_000],
    [{ fault: 'stall', after: 'nothing' }, 60_000],
    [{ fault: 'slow_first_byte', by: '20s' }, 20_000],
  ])('%j holds a client that bears 5 s of silence in the middle for %i ms', async (fault, expected) => {
    const simulator = asking({ faults: [fault] }, { stallMs: 5_000 })
    await simulator.chat('x')
    expect(simulator.clock.ms).toBe(expected)
  })

  it('of a status says what it was told to say', async () => {
    const fault = { fault: 'status', status: 429, message: 'Slow down.', retry_after: '2500ms' }
    const response = await asking({ faults: [fault] }).chat('x')
    expect(response).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
    expect(JSON.parse((response as TransportResponse).body).error.message).toBe('Slow down.')
  })

  it('strikes the nth, every so-manieth, or so many requests', async () => {
    const strikes = (which: object) =>
      endings({ faults: [{ fault: 'reset', ...which }] }, 6).then((all) =>
        all.flatMap((end, index) => (end === 'closed' ? [index + 1] : [])),
      )
    expect(await strikes({ nth: 2 })).toEqual([2])
    expect(await strikes({ nth: [1, 5] })).toEqual([1, 5])
    expect(await strikes({ every: 3 })).toEqual([3, 6])
    expect(await strikes({ times: 2 })).toEqual([1, 2])
    expect(await strikes({ every: 2, times: 1 })).toEqual([2])
  })

  it('strikes by model, by prompt and by route', async () => {
    const simulator = asking({
      faults: [
        { fault: 'status', status: 500, model: 'big-*' },
        { fault: 'status', status: 501, prompt: 'STRAWBERRY' },
        { fault: 'status', status: 502, route: 'embeddings' },
      ],
    })
    expect(ending(await simulator.chat('x', { model: 'big-one' }))).toBe('500')
    expect(ending(await simulator.chat('x', { model: 'not-big-one' }))).toBe('stop')
    expect(ending(await simulator.chat('How many r in strawberry?'))).toBe('501')
    expect(ending(await simulator.post('/v1/embeddings', { model: 'm', input: 'x' }))).toBe('502')
  })

  it('strikes in a window of time, counted from the first request', async () => {
    const simulator = asking({ faults: [{ fault: 'reset', from: '10s', until: '20s' }] })
    const seen: string[] = []
    for (const at of [5_000, 14_999, 15_000, 24_999, 25_000]) {
      simulator.clock.ms = at
      seen.push(ending(await simulator.chat('x')))
    }
    expect(seen).toEqual(['stop', 'stop', 'closed', 'closed', 'stop'])
  })

  it('strikes its share of requests, the same ones in any order', async () => {
    const faults = [{ fault: 'status', status: 500, rate: 0.2 }]
    const rows = Array.from({ length: 2000 }, (_, index) => index)
    const forth = await endings({ faults }, rows.length)
    const back = await endings({ faults }, rows.length, (index) => `Row ${rows.length - 1 - index}`)
    expect(back.reverse()).toEqual(forth)
    const struck = forth.filter((end) => end === '500').length
    expect(struck).toBeGreaterThan(340)
    expect(struck).toBeLessThan(460)
    expect(await endings({ faults, seed: 2 }, rows.length)).not.toEqual(forth)
  })

  it('of a share throws the dice again for a request that is asked again', async () => {
    const seen = await endings({ faults: [{ fault: 'reset', rate: 0.5 }] }, 200, () => 'the same')
    const struck = seen.filter((end) => end === 'closed').length
    expect(struck).toBeGreaterThan(60)
    expect(struck).toBeLessThan(140)
  })

  it('gives way to an earlier one, which alone counts the request', async () => {
    const faults = [
      { fault: 'status', status: 500, nth: 1 },
      { fault: 'status', status: 503, nth: 1 },
    ]
    expect(await endings({ faults }, 3)).toEqual(['500', '503', 'stop'])
  })

  it('leaves the answer of the next try as it would have been', async () => {
    const simulator = asking({ faults: [{ fault: 'reset', nth: 1 }] })
    await simulator.chat('x')
    expect(await simulator.chat('x')).toEqual(await asking({}).chat('x'))
  })

  it.each([
    ['malformed_json', /^\{"title""/],
    ['truncated_json', /^\{[^}]*$/],
  ])('%s spoils a structured answer inside a good response', async (fault, expected) => {
    const response = (await asking({ faults: [{ fault }] }).chat('x', asksForSchema)) as TransportResponse
    const { content, finishReason } = readReply(response.body)
    expect(finishReason).toBe('stop')
    expect(content).toMatch(expected)
    expect(() => JSON.parse(content)).toThrow()
  })

  it('wrong_schema gives JSON that the schema refuses', async () => {
    const validate = new Ajv2020().compile(schema)
    for (const [faults, fits] of [
      [[], true],
      [[{ fault: 'wrong_schema' }], false],
    ] as const) {
      const response = (await asking({ faults }).chat('x', asksForSchema)) as TransportResponse
      expect(validate(JSON.parse(readReply(response.body).content))).toBe(fits)
    }
  })

  it('of structured answers leaves free texts alone, and is not counted for them', async () => {
    const simulator = asking({ faults: [{ fault: 'wrong_schema', nth: 1 }] })
    expect(await simulator.chat('x')).toEqual(await asking({}).chat('x'))
    await simulator.chat('x', asksForSchema)
    expect(simulator.stats().faults).toEqual({ wrong_schema: 1 })
  })

  it('is counted by kind, responses by status; only whole answers are billed', async () => {
    const simulator = asking({
      prices: { m: { input: 1_000_000, output: 2_000_000, request: 0.5 } },
      faults: [
        { fault: 'status', status: 503, nth: 1 },
        { fault: 'reset', nth: 1 },
        { fault: 'truncated_body', nth: 1 },
      ],
    })
    for (let index = 0; index < 4; index++) await simulator.chat('four')
    const stats = simulator.stats()
    expect(stats).toMatchObject({
      requests: 4,
      answered: 2,
      in_flight: 0,
      statuses: { 200: 3, 503: 1 },
      faults: { status: 1, reset: 1, truncated_body: 1 },
      prompt_tokens: 2,
    })
    expect(stats.cost).toBe(2 + 2 * stats.completion_tokens + 1)
  })
})
