/**
 * What the simulated model answers. Pure, but for the counter of `serial`.
 *
 * 1. `repeatable`: the answer depends on the seed and the request body, and on nothing else: not on order, not on time.
 * 2. `serial`: every answer also carries `#S<number>`, never given twice by one simulator; in structured answers inside
 *    a string when the schema leaves one free. The reply's `id` carries it too.
 * 3. With a schema (by the wire format, or by `<response_schema>` in the prompt), it answers with an instance.
 *    For a code block of a language, it answers with one.
 * 4. Given tools, it calls some for as many turns as the scenario says: those that the prompt names, else one of all.
 * 5. A text ends before the first of the texts that the request stops at; one longer than the request allows is cut. It says so.
 * 6. Several answers to one request differ.
 */

import { hash } from 'node:crypto'
import { present } from '../../base/errors/present.ts'
import { calmScenario, type Scenario, type ScenarioWords } from '../../config/files/scenario.ts'
import { Dice, lognormal } from '../requested/dice.ts'
import { instanceOf } from '../requested/instance.ts'
import { matcher } from '../requested/matches.ts'
import { prose } from '../requested/prose.ts'
import {
  type ChatAnswer,
  type Choice,
  type EmbeddingsAnswer,
  type ImagesAnswer,
  maxCharacters,
  type OfferedTool,
  type RequestedChat,
  type RequestedEmbeddings,
  type RequestedImages,
  type ToolCall,
  tokensOf,
} from '../requested/requested.ts'
import { type RequestedSchema, SchemaCache } from '../requested/requested-schema.ts'
import { program } from './code.ts'
import { picture } from './picture.ts'
import { broken, misfit } from './spoil.ts'
import { vectorOf } from './vector.ts'

export interface SimulatedModelOptions {
  /** Words per free text. @default what the scenario says, else 60 */
  readonly words?: number
  /** @default what the scenario says, else 0 */
  readonly seed?: bigint
  /** @default what the scenario says, else 'repeatable' */
  readonly answers?: 'repeatable' | 'serial'
  readonly scenario?: Scenario | undefined
}

/** What may be wrong with a text. */
export type TextFault =
  | 'malformed_json'
  | 'truncated_json'
  | 'wrong_schema'
  | 'length'
  | 'content_filter'
  | 'refusal'
  | 'empty'

const defaultWords = 60
/** Words of a free text inside a structured answer: fields are shorter than letters. */
const wordsPerField = 15
const wordsPerThought = 20
/** What an image counts as, in tokens of the answer. */
const tokensPerPicture = 256
/** What the dice of a text's length are keyed by, apart from all other dice. */
const lengthStream = 1

export class Author {
  readonly #words: ScenarioWords
  readonly #seed: bigint
  readonly #serial: boolean
  readonly #scenario: Scenario
  readonly #salt: string
  readonly #lengths: readonly { matches: ReturnType<typeof matcher>; words: ScenarioWords }[]
  readonly #schemas = new SchemaCache()
  #given = 0

  constructor(options: SimulatedModelOptions) {
    const scenario = options.scenario ?? calmScenario
    const words = options.words ?? scenario.words ?? defaultWords
    this.#scenario = scenario
    this.#words = words
    this.#seed = options.seed ?? scenario.seed ?? 0n
    this.#serial = (options.answers ?? scenario.answers) === 'serial'
    this.#salt = `${this.#seed}\n${typeof words === 'number' ? words : `${words.median}~${words.sigma}`}\n`
    this.#lengths = scenario.replies.flatMap((reply) =>
      reply.words === undefined ? [] : [{ matches: matcher(reply), words: reply.words }],
    )
  }

  /** What everything about a request is drawn from. */
  digest(body: string, modelInPath = ''): Buffer {
    return hash('sha256', `${this.#salt}${modelInPath}${body}`, 'buffer')
  }

  /** Whether the answer will follow a schema. */
  isStructured(requested: RequestedChat): boolean {
    return this.#schemas.of(requested) !== undefined && !this.#callsTools(requested)
  }

  chat(requested: RequestedChat, digest: Buffer, fault?: TextFault): ChatAnswer {
    const dice = new Dice(digest)
    let id = digest.toString('hex', 0, 12)
    const choose = (first: boolean): Choice => {
      const serial = this.#serial ? { text: `#S${++this.#given}`, used: false } : undefined
      if (first && serial !== undefined) id = serial.text.slice(1).toLowerCase()
      if (this.#callsTools(requested))
        return { ...silent, calls: this.#calls(requested, id, dice), finish: 'tool_calls' }
      return this.#text(requested, { digest, dice, serial, fault })
    }
    const bare: Choices = [choose(true)]
    while (bare.length < requested.choices) bare.push(choose(false))
    const choices = requested.thinks ? withThoughts(bare, dice) : bare
    const thoughtTokens = sumOf(choices, ({ thought }) => (thought === '' ? 0 : tokensOf(thought.length)))
    const completionTokens = thoughtTokens + sumOf(choices, tokensOfChoice)
    return { id, choices, thoughtTokens, promptTokens: tokensOf(requested.characters), completionTokens }
  }

  embeddings(requested: RequestedEmbeddings): EmbeddingsAnswer {
    const dimensions = requested.dimensions ?? this.#scenario.embeddings.dimensions
    return {
      vectors: requested.inputs.map((text) => vectorOf(text, dimensions, this.#seed)),
      promptTokens: tokensOf(requested.characters),
      completionTokens: 0,
    }
  }

  /** @param linkTo where a picture of this digest can be fetched; undefined: nowhere, its link holds its bytes */
  images(
    requested: RequestedImages,
    digest: Buffer,
    linkTo?: (digest: string, index: number) => string,
  ): ImagesAnswer {
    const pictures = this.#pictures(digest, requested.count)
    const links = pictures.map(
      (png, index) =>
        linkTo?.(digest.toString('hex'), index) ?? `data:image/png;base64,${png.toString('base64')}`,
    )
    return {
      pictures,
      links: requested.links ? links : [],
      promptTokens: tokensOf(requested.characters),
      completionTokens: requested.count * tokensPerPicture,
    }
  }

  /** The picture that a link of `images` means. */
  pictureOf(digest: Buffer, index: number): Buffer {
    return present(this.#pictures(digest, index + 1)[index], 'pictures')
  }

  #pictures(digest: Buffer, count: number): Buffer[] {
    const dice = new Dice(digest)
    return Array.from({ length: count }, () => picture(this.#scenario.images.pixels, dice))
  }

  #text(requested: RequestedChat, generation: Generation): Choice {
    const { dice, serial, fault } = generation
    const pictures = requested.picture ? [picture(this.#scenario.images.pixels, dice)] : []
    if (fault === 'refusal') return { ...silent, refusal: 'I cannot help with that.', finish: 'refusal' }
    if (fault === 'content_filter') return { ...silent, pictures, finish: 'content_filter' }
    const schema = this.#schemas.of(requested)
    const language = schema === undefined ? requested.language : undefined
    let text =
      schema !== undefined
        ? this.#instance(schema, requested, generation)
        : language !== undefined
          ? `\`\`\`${language}\n${program(language, dice)}\`\`\``
          : prose(this.#length(requested, generation.digest), dice)
    // Text after a fence does no harm; bare JSON must stay alone.
    if (serial !== undefined && !serial.used && (schema === undefined || schema.fenced)) {
      text += schema === undefined && language === undefined ? ` ${serial.text}` : `\n${serial.text}`
    }
    if (fault === 'empty') text = ''
    return { ...silent, ...ended(text, requested, fault), pictures }
  }

  #instance({ schema, fenced }: RequestedSchema, requested: RequestedChat, generation: Generation): string {
    const { digest, dice, serial, fault } = generation
    const words = Math.min(this.#length(requested, digest), wordsPerField)
    const generated = instanceOf(schema, { dice, words, ...(serial && { serial }) })
    const instance = fault === 'wrong_schema' ? misfit(generated) : generated
    const json = fenced ? JSON.stringify(instance, null, 2) : JSON.stringify(instance)
    if (fault === 'truncated_json') return `${fenced ? '```json\n' : ''}${json.slice(0, json.length >> 1)}`
    const text = fault === 'malformed_json' ? broken(json) : json
    return fenced ? `\`\`\`json\n${text}\n\`\`\`` : text
  }

  #length(requested: RequestedChat, digest: Buffer): number {
    const words = this.#lengths.find(({ matches }) => matches(requested))?.words ?? this.#words
    if (typeof words === 'number') return words
    return Math.max(1, Math.round(lognormal(words.median, words.sigma, digest, lengthStream)))
  }

  #callsTools({ tools, toolChoice, toolTurns }: RequestedChat): boolean {
    if (tools.length === 0 || toolChoice === 'none') return false
    return toolTurns < this.#scenario.tools.turns || (toolChoice !== 'auto' && toolTurns === 0)
  }

  #calls({ tools, toolChoice, lastText }: RequestedChat, id: string, dice: Dice): ToolCall[] {
    const demanded =
      typeof toolChoice === 'object'
        ? tools.filter(({ name }) => name === toolChoice.name)
        : tools.filter(({ name }) => lastText.includes(name))
    const among = demanded.length > 0 ? demanded : [dice.pick(tools)]
    const count = Math.max(this.#scenario.tools.calls, typeof toolChoice === 'object' ? 1 : demanded.length)
    return Array.from({ length: count }, (_, index) => {
      const { name, parameters, custom = false }: OfferedTool = present(among[index % among.length], 'tools')
      const values = custom
        ? prose(wordsPerField, dice)
        : instanceOf(parameters, { dice, words: wordsPerField })
      return { id: `call_${id}_${index}`, name, arguments: values, custom }
    })
  }
}

/** What an answer is made from. */
interface Generation {
  readonly digest: Buffer
  readonly dice: Dice
  readonly serial: { readonly text: string; used: boolean } | undefined
  readonly fault: TextFault | undefined
}

type Choices = [Choice, ...Choice[]]

function withThoughts([first, ...others]: Choices, dice: Dice): Choices {
  const thinking = (choice: Choice): Choice => ({ ...choice, thought: prose(wordsPerThought, dice) })
  return [thinking(first), ...others.map(thinking)]
}

/** An answer that says nothing. */
const silent: Choice = {
  text: '',
  thought: '',
  refusal: null,
  calls: [],
  pictures: [],
  finish: 'stop',
  stoppedAt: null,
}

/** Rule 5. */
function ended(
  whole: string,
  { stops, maxTokens }: RequestedChat,
  fault: TextFault | undefined,
): Pick<Choice, 'text' | 'finish' | 'stoppedAt'> {
  const [first] = (stops.length === 0 ? [] : stops)
    .map((stop) => ({ stop, at: whole.indexOf(stop) }))
    .filter(({ at }) => at >= 0)
    .sort((one, other) => one.at - other.at)
  const text = first === undefined ? whole : whole.slice(0, first.at)
  const most = fault === 'length' ? text.length >> 1 : maxCharacters(maxTokens ?? Infinity)
  if (text.length > most) return { text: text.slice(0, most), finish: 'length', stoppedAt: null }
  return { text, finish: 'stop', stoppedAt: first?.stop ?? null }
}

function tokensOfChoice({ text, refusal, calls, pictures }: Choice): number {
  if (calls.length > 0) return tokensOf(JSON.stringify(calls.map(({ custom: _, ...call }) => call)).length)
  return tokensOf((refusal ?? text).length) + pictures.length * tokensPerPicture
}

function sumOf<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((sum, item) => sum + of(item), 0)
}
