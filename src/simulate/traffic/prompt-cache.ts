/**
 * What a provider remembers of prompts, to count it for less when it comes again.
 *
 * 1. A format without marks caches by itself, in blocks of 128 tokens; one with marks caches what stands before a mark.
 * 2. Shorter starts than `minimum_tokens` are neither written nor read.
 * 3. A start can be read once the first word of the answer to its writer is out; each reading starts its time again.
 */
import { hash } from 'node:crypto'
import type { ScenarioCaching } from '../../config/files/scenario.ts'
import { type CachedTokens, charactersPerToken, type RequestedChat } from '../requested/requested.ts'

interface Entry {
  from: number
  until: number
}

interface Start {
  readonly key: string
  readonly tokens: number
  readonly ttlMs: number
}

const blockTokens = 128

export class PromptCache {
  readonly #settings: ScenarioCaching
  readonly #entries = new Map<string, Entry>()
  /** What the request that was looked at last would write. */
  #staged: readonly Start[] = []

  constructor(settings: ScenarioCaching) {
    this.#settings = settings
  }

  /** What is known of a prompt now. What it adds is written by `store`. */
  look(requested: RequestedChat, now: number): CachedTokens | undefined {
    this.#staged = this.#settings === null ? [] : this.#startsOf(requested, this.#settings)
    const longest = this.#staged.at(-1)
    if (longest === undefined) return undefined
    const read = this.#staged.findLast(({ key }) => this.#isKnown(key, now))?.tokens ?? 0
    // Who caches by itself charges nothing for writing.
    return { read, written: requested.marks === undefined ? 0 : longest.tokens - read }
  }

  /** The request that was looked at last is answered, from this moment on. */
  store(now: number): void {
    for (const { key, ttlMs } of this.#staged) {
      const entry = this.#entries.get(key)
      const isAlive = entry !== undefined && entry.until > now
      this.#entries.set(key, { from: isAlive ? Math.min(entry.from, now) : now, until: now + ttlMs })
    }
    this.#staged = []
  }

  #isKnown(key: string, now: number): boolean {
    const entry = this.#entries.get(key)
    return entry !== undefined && entry.from <= now && now < entry.until
  }

  /** Starts of a prompt that may be cached, shortest first. */
  #startsOf(
    requested: RequestedChat,
    { minimum_tokens: fewest, ttl }: NonNullable<ScenarioCaching>,
  ): Start[] {
    const { model, prompt, body, marks } = requested
    const ends =
      marks ??
      Array.from({ length: Math.floor(prompt.length / (blockTokens * charactersPerToken)) }, (_, at) => ({
        end: (at + 1) * blockTokens * charactersPerToken,
        ttlMs: null,
      }))
    let key = hash('sha256', JSON.stringify([model, body.tools ?? null]))
    let from = 0
    return ends.flatMap(({ end, ttlMs }) => {
      key = hash('sha256', `${key}${prompt.slice(from, end)}`)
      from = end
      const tokens = Math.floor(end / charactersPerToken)
      return tokens < fewest ? [] : [{ key, tokens, ttlMs: ttlMs ?? ttl }]
    })
  }
}
