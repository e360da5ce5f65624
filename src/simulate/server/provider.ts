/**
 * A provider that is not there: it takes a request and decides everything that happens to it. The code that carries requests
 * (`server.ts` over HTTP, `transport.ts` inside the process) only acts it out, so both behave alike.
 *
 * Order of decisions: a body that is no request is refused; then a limit may refuse it; then the first fault that
 * strikes; then the answer, late by the queue and by its own latency.
 */
import { type Clock, systemClock } from '../../base/work/clock.ts'
import { calmScenario, type Scenario, type ScenarioFault } from '../../config/files/scenario.ts'
import { batchDoor } from '../batches/batch-door.ts'
import { BatchStore, type Executes } from '../batches/batch-store.ts'
import {
  type FreeFormat,
  Refused,
  type Requested,
  type StreamPart,
  type Tokens,
  type WireFormat,
} from '../requested/requested.ts'
import { Author, type SimulatedModelOptions, type TextFault } from '../texts/author.ts'
import { halves } from '../texts/spoil.ts'
import { Faults } from '../traffic/faults.ts'
import { type Durations, Latency } from '../traffic/latency.ts'
import { Limits } from '../traffic/limits.ts'
import { Meter, type SimulatorStats } from '../traffic/meter.ts'
import { PromptCache } from '../traffic/prompt-cache.ts'
import { withoutMarks } from '../wire/cache-marks.ts'
import { findRoute, vendorError, vendorOf } from './routes.ts'
import { readBody } from './simulated-model.ts'

export interface SimulatedProviderOptions extends SimulatedModelOptions {
  /** How long an answer takes. @default what the scenario says, else 0 */
  readonly latencyMs?: number
  readonly clock?: Clock
  /** Where a picture can be fetched. @default nowhere: its link holds its bytes */
  readonly linkTo?: (digest: string, index: number) => string
}

/** A part of a response body, and when it leaves, in milliseconds after the request came. */
interface Piece {
  readonly at: number
  readonly text: string
}

/** What happens to a request. */
export interface Delivery {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** In order of time, the first brings the headers. None: nothing comes at all. */
  readonly pieces: readonly Piece[]
  /** After the last piece: the response is whole, the connection is reset, or nothing more comes. */
  readonly ending: 'whole' | 'reset' | 'stall'
  /** When the ending comes. */
  readonly endsAt: number
  /** To be called once, when it is over. @param whole the response was handed over, as far as it was meant to be */
  done(whole: boolean): void
}

const json = { 'content-type': 'application/json' }
const eventStream = { 'content-type': 'text/event-stream' }

export class SimulatedProvider {
  readonly #author: Author
  readonly #faults: Faults
  readonly #limits: Limits
  readonly #latency: Latency
  readonly #meter: Meter
  readonly #clock: Clock
  readonly #cache: PromptCache
  readonly #linkTo: SimulatedProviderOptions['linkTo']
  readonly #scenario: Scenario
  #startedAt: number | undefined

  /** @param keepEffects whether requests are counted by effect key, which takes memory for each */
  constructor(options: SimulatedProviderOptions, keepEffects: boolean) {
    const scenario = options.scenario ?? calmScenario
    this.#scenario = scenario
    this.#author = new Author(options)
    this.#faults = new Faults(scenario)
    this.#limits = new Limits(scenario)
    this.#latency = new Latency(options.latencyMs ?? scenario.latency ?? 0, scenario)
    this.#meter = new Meter({ prices: scenario.prices, keepEffects })
    this.#cache = new PromptCache(scenario.caching)
    this.#clock = options.clock ?? systemClock
    this.#linkTo = options.linkTo
  }

  /** Files and batches, and the meter with them in it. @param url where links to results lead */
  batches(url: () => string): { readonly door: ReturnType<typeof batchDoor>; stats(): SimulatorStats } {
    const execute: Executes = (path, body) => this.#execute(path, body)
    const store = new BatchStore(this.#scenario.batches, this.#clock, execute, this.#meter)
    const door = batchDoor(store, url, ({ path, headers }, status, message) =>
      vendorError(vendorOf(path, headers), status, message),
    )
    const stats = (): SimulatorStats => {
      store.settle()
      return this.stats()
    }
    return { door, stats }
  }

  /** One request of a batch, answered at once: faults of its text strike, and refusals of the request; those of the wire do not. */
  #execute(path: string, body: string): ReturnType<Executes> {
    const found = findRoute(path)
    const refused = (status: number, text: string) => ({ status, text, usage: undefined })
    if (found === undefined) return refused(404, '{"error":{"message":"There is nothing at this path."}}')
    const { format, model } = found
    const digest = this.#author.digest(withoutMarks(body), model)
    const parsed = readBody(body)
    const generated =
      typeof parsed === 'string' ? new Refused(parsed) : this.#generate(format, parsed, found, digest)
    if (generated instanceof Refused) return refused(generated.status, format.error(generated))
    if ('free' in generated) return { status: 200, text: generated.free, usage: undefined }
    const { requested, structured } = generated
    const fault = this.#faults.next({ requested, structured, digest }, 0)
    if (fault?.fault === 'status' && isOfRequest(fault.status)) {
      this.#meter.struck(fault.fault)
      return refused(fault.status, format.error({ status: fault.status, message: statusMessage(fault) }))
    }
    if (isTextFault(fault?.fault)) this.#meter.struck(fault.fault)
    const answer = generated.answer(isTextFault(fault?.fault) ? fault.fault : undefined)
    if (!('text' in answer))
      return refused(400, format.error(new Refused('stream: batches are not streamed')))
    this.#cache.store(this.#clock.monotonic())
    return { status: 200, text: answer.text, usage: { ...tokens(answer), model: requested.model } }
  }

  stats(): SimulatorStats {
    return this.#meter.stats(this.#clock.monotonic())
  }

  /**
   * @param path of the URL, without the query
   * @param effect the key that the client sent along
   * @returns undefined when nothing is served at that path
   */
  take(path: string, effect: string | undefined, body: string): Delivery | undefined {
    const found = findRoute(path)
    if (found === undefined) return undefined
    const { format, model } = found
    const digest = this.#author.digest(withoutMarks(body), model)
    const parsed = readBody(body)
    const generated =
      typeof parsed === 'string' ? new Refused(parsed) : this.#generate(format, parsed, found, digest)
    const named = { [format.idHeader]: `req_${digest.toString('hex', 0, 12)}` }
    if (generated instanceof Refused) return refusal(format, generated, named)
    const delivery = 'free' in generated ? whole(generated.free) : this.#deliver(generated, digest, effect)
    return { ...delivery, headers: { ...delivery.headers, ...named } }
  }

  /** The picture that a link means. */
  pictureOf(digest: Buffer, index: number): Buffer {
    return this.#author.pictureOf(digest, index)
  }

  /** What is requested, and how its answer is made once it is known what is wrong with it. */
  #generate(
    format: WireFormat,
    body: Readonly<Record<string, unknown>>,
    { model, stream }: { model: string | undefined; stream: boolean },
    digest: Buffer,
  ): Work | Free | Refused {
    const author = this.#author
    switch (format.kind) {
      case 'chat': {
        const requested = format.read(body, model, stream)
        if (requested instanceof Refused) return requested
        return {
          format,
          requested,
          structured: author.isStructured(requested),
          answer: (fault) => {
            const cached = this.#cache.look(requested, this.#clock.monotonic())
            const answer = { ...author.chat(requested, digest, fault), ...(cached && { cached }) }
            if (!requested.stream) return { ...tokens(answer), text: format.answer(requested, answer) }
            return { ...tokens(answer), events: format.events(requested, answer) }
          },
        }
      }
      case 'embeddings': {
        const requested = format.read(body, model)
        if (requested instanceof Refused) return requested
        const answer = () => {
          const generated = author.embeddings(requested)
          return { ...tokens(generated), text: format.answer(requested, generated) }
        }
        return { format, requested, structured: false, answer }
      }
      case 'images': {
        const requested = format.read(body)
        if (requested instanceof Refused) return requested
        const answer = () => {
          const generated = author.images(requested, digest, this.#linkTo)
          if (!requested.stream) return { ...tokens(generated), text: format.answer(requested, generated) }
          return { ...tokens(generated), events: format.events(requested, generated) }
        }
        return { format, requested, structured: false, answer }
      }
      case 'free': {
        const answer = format.answer(body, model)
        return answer instanceof Refused ? answer : { free: JSON.stringify(answer) }
      }
    }
  }

  #deliver(
    { format, requested, structured, answer }: Work,
    digest: Buffer,
    effect: string | undefined,
  ): Delivery {
    const now = this.#clock.monotonic()
    this.#startedAt ??= now
    const meter = this.#meter
    meter.arrived(effect, now)
    const fault = this.#faults.next({ requested, structured, digest }, now - this.#startedAt)
    const generated = answer(isTextFault(fault?.fault) ? fault.fault : undefined)
    const refused = this.#limits.enter(requested, generated.promptTokens + generated.completionTokens, now)
    if (refused !== undefined) {
      const message = `Rate limit reached for ${requested.model}. Please slow down.`
      const delivery = refusal(format, { status: 429, message }, retryAfter(refused.retryAfterMs))
      meter.responded(429)
      return { ...delivery, done: () => meter.left(undefined, this.#clock.monotonic()) }
    }
    if (fault !== undefined) meter.struck(fault.fault)
    const durations = this.#latency.of(requested, digest, generated.completionTokens)
    const queued = this.#limits.queueMs(requested, durations.whole, now)
    const plan = acted(
      format,
      generated,
      { first: queued + durations.first, whole: queued + durations.whole },
      fault,
    )
    meter.responded(plan.status)
    if (plan.status === 200) this.#cache.store(now + queued + durations.first)
    const usage =
      plan.status === 200 && plan.ending === 'whole'
        ? { ...tokens(generated), model: requested.model }
        : undefined
    return {
      ...plan,
      done: (whole) => {
        this.#limits.leave(requested)
        meter.left(whole ? usage : undefined, this.#clock.monotonic())
      },
    }
  }
}

interface Work {
  readonly format: CountedFormat
  readonly requested: Requested
  readonly structured: boolean
  answer(fault: TextFault | undefined): GeneratedAnswer
}

type CountedFormat = Exclude<WireFormat, FreeFormat>

/** An answer that costs nothing, at once. */
interface Free {
  readonly free: string
}

/** An answer, as one text or as the events of a stream. */
type GeneratedAnswer = Tokens & ({ readonly text: string } | { readonly events: readonly StreamPart[] })

function tokens({ promptTokens, cached, completionTokens }: Tokens): Tokens {
  return { promptTokens, ...(cached && { cached }), completionTokens }
}

/** What becomes of an answer: as it is, or as the fault has it. */
function acted(
  format: CountedFormat,
  generated: GeneratedAnswer,
  durations: Durations,
  fault: ScenarioFault | undefined,
): Omit<Delivery, 'done'> {
  const delayMs = fault?.fault === 'slow_first_byte' ? fault.by : 0
  const good =
    'text' in generated
      ? [{ at: delayMs + durations.whole, text: generated.text }]
      : spread(generated.events, durations, delayMs)
  const headers = 'text' in generated ? json : eventStream
  const endsAt = good.at(-1)?.at ?? 0
  const all = (pieces: readonly Piece[]) =>
    ({ status: 200, headers, pieces, ending: 'whole', endsAt: pieces.at(-1)?.at ?? endsAt }) as const
  switch (fault?.fault) {
    case 'status': {
      const { status, retry_after: after } = fault
      const text = format.error({ status, message: statusMessage(fault) })
      const pieces = [{ at: durations.first, text }]
      return { ...all(pieces), status, headers: { ...json, ...retryAfter(after) } }
    }
    case 'reset':
      if (fault.after === 'nothing') return { ...all([]), ending: 'reset', endsAt: durations.first }
      return { ...all(cut(good)[0]), ending: 'reset', endsAt }
    case 'stall': {
      const [before, after] = fault.after === 'nothing' ? [[], good] : cut(good)
      if (fault.for === null) return { ...all(before), ending: 'stall', endsAt }
      const pause = fault.for
      return all([...before, ...after.map(({ at, text }) => ({ at: at + pause, text }))])
    }
    case 'malformed_body': {
      const [before, [next, ...rest]] = cut(good)
      return all([...before, { at: next?.at ?? endsAt, text: `,"${next?.text ?? ''}` }, ...rest])
    }
    case 'truncated_body':
      return all(cut(good)[0])
    default:
      return all(good)
  }
}

function statusMessage({ status, message }: Extract<ScenarioFault, { fault: 'status' }>): string {
  return message ?? `The scenario makes the simulator answer ${status}.`
}

/** Whether a status says something of the request, and nothing of the server's load: then it comes in a batch, too. */
function isOfRequest(status: number): boolean {
  return status < 500 && status !== 408 && status !== 429
}

/** Events as they leave; those of one moment together. */
function spread(events: readonly StreamPart[], { first, whole }: Durations, delayMs: number): Piece[] {
  const pieces: { at: number; text: string }[] = []
  for (const { text, share } of events) {
    const at = delayMs + Math.round(first + (whole - first) * share)
    const last = pieces.at(-1)
    if (last?.at === at) last.text += text
    else pieces.push({ at, text })
  }
  return pieces
}

/** A response cut in two by its length. */
function cut(pieces: readonly Piece[]): [Piece[], Piece[]] {
  const middle = pieces.length >> 1
  if (pieces.length > 1) return [pieces.slice(0, middle), pieces.slice(middle)]
  const [{ at, text } = { at: 0, text: '' }] = pieces
  const [before, after] = halves(text)
  return [[{ at, text: before }], [{ at, text: after }]]
}

function whole(text: string, status = 200, more: Readonly<Record<string, string>> = {}): Delivery {
  return {
    status,
    headers: { ...json, ...more },
    pieces: [{ at: 0, text }],
    ending: 'whole',
    endsAt: 0,
    done: () => {},
  }
}

function refusal(
  format: WireFormat,
  refused: Pick<Refused, 'status' | 'message'> & Partial<Refused>,
  more: Readonly<Record<string, string>> = {},
): Delivery {
  return whole(format.error(refused), refused.status, more)
}

/** In whole seconds, as servers write it. */
function retryAfter(ms: number | null): Readonly<Record<string, string>> {
  return ms === null ? {} : { 'retry-after': String(Math.ceil(ms / 1000)) }
}

const textFaults: ReadonlySet<string> = new Set<TextFault>([
  'malformed_json',
  'truncated_json',
  'wrong_schema',
  'length',
  'content_filter',
  'refusal',
  'empty',
])

function isTextFault(fault: string | undefined): fault is TextFault {
  return fault !== undefined && textFaults.has(fault)
}
