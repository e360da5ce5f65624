/**
 * A provider inside the process that writes down what it is asked: the other side of the bill.
 *
 * It outlives the modelled processes that ask it. What a dead process still sends never arrives.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { calmScenario } from '../../../src/config/files/scenario.ts'
import type { Transport } from '../../../src/models/http/transport.ts'
import { simulatorTransport } from '../../../src/simulate/server/transport.ts'
import { pngOf } from '../../support/pngs.ts'
import { callingTurns } from './small-tools.ts'

export class ProviderBook {
  /** Requests that arrived, by effect key. */
  readonly requests: Map<string, number>
  /** Calls that tools took, by tool and arguments. */
  readonly calls: Map<string, number>
  /** Of all answers, those included that nobody was there to receive. */
  tokens = 0
  /** Requests that arrived beyond a limit, while one held. */
  passed = 0
  /** So many requests may have arrived in all; null: any number. */
  limit: number | null = null
  /** Until it is mended, it refuses every other row, and gives those between an answer that its filter cut. @default false */
  isBroken = false
  /** Whether no two answers are equal, whatever was asked: each has its own number in it. @default false */
  isSerial = false
  readonly #refuses: (effectKey: string) => boolean
  readonly #simulator = simulatorTransport({
    words: 6,
    scenario: { ...calmScenario, tools: { turns: callingTurns, calls: 1 } },
  })

  /** @param refuses keys that are always answered with a 400: their rows are dropped */
  constructor(
    refuses: (effectKey: string) => boolean,
    requests: ReadonlyMap<string, number> = new Map(),
    calls: ReadonlyMap<string, number> = new Map(),
  ) {
    this.#refuses = refuses
    this.requests = new Map(requests)
    this.calls = new Map(calls)
  }

  /** All requests that arrived. */
  get total(): number {
    return [...this.requests.values()].reduce((sum, count) => sum + count, 0)
  }

  /** The same provider in another course of events. */
  fork(): ProviderBook {
    const fork = new ProviderBook(this.#refuses, this.requests, this.calls)
    fork.tokens = this.tokens
    fork.passed = this.passed
    fork.isBroken = this.isBroken
    fork.isSerial = this.isSerial
    return fork
  }

  /** What a tool does: it writes down that it was called, unless nobody is there, and says with what. */
  async call(tool: string, given: object, alive: () => boolean): Promise<string> {
    const call = `${tool} ${JSON.stringify(given)}`
    if (alive()) this.calls.set(call, (this.calls.get(call) ?? 0) + 1)
    await nextTurn()
    return call
  }

  /** How a process reaches this provider, as long as it is alive. */
  transport(alive: () => boolean): Transport {
    return {
      post: async (url, headers, body, signal, timeoutMs) => {
        const closed = { broken: 'closed', detail: 'ECONNRESET' } as const
        if (!alive()) return closed
        const key = headers['x-rowsmith-effect'] ?? 'without a key'
        this.requests.set(key, (this.requests.get(key) ?? 0) + 1)
        if (this.limit !== null && this.total > this.limit) this.passed++
        const isOdd = Number.parseInt(key, 10) % 2 === 1
        if (this.#refuses(key) || (this.isBroken && !isOdd)) {
          await nextTurn()
          const error = { message: 'This prompt is refused.', type: 'invalid_request_error' }
          return { status: 400, headers: {}, body: JSON.stringify({ error }) }
        }
        const { total } = this
        const simulated = await this.#simulator.post(url, headers, body, signal, timeoutMs)
        const answer = this.isSerial ? numbered(simulated, total) : simulated
        this.tokens += tokensOf(answer)
        if (!alive()) return closed
        return this.isBroken && 'body' in answer
          ? {
              ...answer,
              body: answer.body.replace(/"finish_reason":"stop"/, '"finish_reason":"content_filter"'),
            }
          : answer
      },
      close: async () => {},
    }
  }
}

type Posted = Awaited<ReturnType<Transport['post']>>

/** An answer with a number in its text, or in its image. */
function numbered(answer: Posted, number: number): Posted {
  if (!('body' in answer)) return answer
  const body = JSON.parse(answer.body) as {
    choices?: { message: { content: string | null } }[]
    data?: { b64_json: string }[]
  }
  for (const { message } of body.choices ?? []) if (message.content !== null) message.content += ` #${number}`
  for (const image of body.data ?? []) image.b64_json = pngOf(`${number}`).toString('base64')
  return { ...answer, body: JSON.stringify(body) }
}

function tokensOf(answer: Posted): number {
  if (!('body' in answer)) return 0
  const { usage } = JSON.parse(answer.body) as { usage?: { total_tokens?: number } }
  return usage?.total_tokens ?? 0
}
