/**
 * What the simulated model answers. Pure, but for the counter of `serial`.
 *
 * 1. `repeatable`: the answer depends on the seed and the request body, and on nothing else: not on order, not on time.
 * 2. `serial`: every answer also carries `#S<number>`, never given twice by one simulator; in structured answers inside
 *    a string when the schema leaves one free. The reply's `id` carries it too.
 * 3. Asked for a schema (by the wire format, or by `<response_schema>` in the prompt), it answers with an instance.
 *    Asked for a code block of a language, it answers with one.
 * 4. Given tools, it calls some for as many turns as the scenario says: those that the prompt names, else one of all.
 * 5. A text longer than the request allows is cut, and says so.
 */
import { hash } from 'node:crypto'
import { calmScenario, type Scenario, type ScenarioWords } from '../config/scenario.ts'
import {
  type AskedChat,
  type AskedEmbeddings,
  type AskedImages,
  type ChatAnswer,
  type EmbeddingsAnswer,
  type ImagesAnswer,
  maxCharacters,
  type OfferedTool,
  type ToolCall,
  tokensOf,
} from './asked.ts'
import { type AskedSchema, SchemaCache } from './asked-schema.ts'
import { askedLanguage, program } from './code.ts'
import { Dice, lognormal } from './dice.ts'
import { instanceOf } from './instance.ts'
import { matcher } from './matches.ts'
import { picture } from './picture.ts'
import { prose } from './prose.ts'
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
  | 'empty'

const defaultWords = 60
/** Words of a free text inside a structured answer: fields are shorter than letters. */
const wordsPerField = 15
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
  isStructured(asked: AskedChat): boolean {
    return this.#schemas.of(asked) !== undefined && !this.#callsTools(asked)
  }

  chat(asked: AskedChat, digest: Buffer, fault?: TextFault): ChatAnswer {
    const dice = new Dice(digest)
    const serial = this.#serial ? { text: `#S${++this.#given}`, used: false } : undefined
    const id = serial === undefined ? digest.toString('hex', 0, 12) : serial.text.slice(1).toLowerCase()
    const promptTokens = tokensOf(asked.characters)
    if (this.#callsTools(asked)) {
      const calls = this.#calls(asked, id, dice)
      const completionTokens = tokensOf(JSON.stringify(calls).length)
      return { id, text: '', calls, pictures: [], finish: 'tool_calls', promptTokens, completionTokens }
    }
    const pictures = asked.picture ? [picture(this.#scenario.images.pixels, dice)] : []
    const schema = this.#schemas.of(asked)
    const language = schema === undefined ? askedLanguage(asked.lastText) : undefined
    let text =
      schema !== undefined
        ? this.#instance(schema, asked, digest, dice, serial, fault)
        : language !== undefined
          ? `\`\`\`${language}\n${program(language, dice)}\`\`\``
          : prose(this.#length(asked, digest), dice)
    // Text after a fence does no harm; bare JSON must stay alone.
    if (serial !== undefined && !serial.used && (schema === undefined || schema.fenced)) {
      text += schema === undefined && language === undefined ? ` ${serial.text}` : `\n${serial.text}`
    }
    const most = fault === 'length' ? text.length >> 1 : maxCharacters(asked.maxTokens ?? Infinity)
    const isCut = text.length > most
    if (isCut) text = text.slice(0, most)
    if (fault === 'empty' || fault === 'content_filter') text = ''
    const finish = fault === 'content_filter' ? fault : isCut ? 'length' : 'stop'
    const completionTokens = tokensOf(text.length) + pictures.length * tokensPerPicture
    return { id, text, calls: [], pictures, finish, promptTokens, completionTokens }
  }

  embeddings(asked: AskedEmbeddings): EmbeddingsAnswer {
    const dimensions = asked.dimensions ?? this.#scenario.embeddings.dimensions
    return {
      vectors: asked.inputs.map((text) => vectorOf(text, dimensions, this.#seed)),
      promptTokens: tokensOf(asked.characters),
      completionTokens: 0,
    }
  }

  images(asked: AskedImages, digest: Buffer): ImagesAnswer {
    const dice = new Dice(digest)
    return {
      pictures: Array.from({ length: asked.count }, () => picture(this.#scenario.images.pixels, dice)),
      promptTokens: tokensOf(asked.characters),
      completionTokens: asked.count * tokensPerPicture,
    }
  }

  #instance(
    { schema, fenced }: AskedSchema,
    asked: AskedChat,
    digest: Buffer,
    dice: Dice,
    serial: { text: string; used: boolean } | undefined,
    fault: TextFault | undefined,
  ): string {
    const words = Math.min(this.#length(asked, digest), wordsPerField)
    const made = instanceOf(schema, { dice, words, ...(serial && { serial }) })
    const instance = fault === 'wrong_schema' ? misfit(made) : made
    const json = fenced ? JSON.stringify(instance, null, 2) : JSON.stringify(instance)
    if (fault === 'truncated_json') return `${fenced ? '```json\n' : ''}${json.slice(0, json.length >> 1)}`
    const text = fault === 'malformed_json' ? broken(json) : json
    return fenced ? `\`\`\`json\n${text}\n\`\`\`` : text
  }

  #length(asked: AskedChat, digest: Buffer): number {
    const words = this.#lengths.find(({ matches }) => matches(asked))?.words ?? this.#words
    if (typeof words === 'number') return words
    return Math.max(1, Math.round(lognormal(words.median, words.sigma, digest, lengthStream)))
  }

  #callsTools({ tools, toolChoice, toolTurns }: AskedChat): boolean {
    if (tools.length === 0 || toolChoice === 'none') return false
    return toolTurns < this.#scenario.tools.turns || (toolChoice !== 'auto' && toolTurns === 0)
  }

  #calls({ tools, toolChoice, lastText }: AskedChat, id: string, dice: Dice): ToolCall[] {
    const demanded =
      typeof toolChoice === 'object'
        ? tools.filter(({ name }) => name === toolChoice.name)
        : tools.filter(({ name }) => lastText.includes(name))
    const among = demanded.length > 0 ? demanded : [dice.pick(tools)]
    const count = Math.max(this.#scenario.tools.calls, typeof toolChoice === 'object' ? 1 : demanded.length)
    return Array.from({ length: count }, (_, index) => {
      const tool: OfferedTool = among[index % among.length]!
      const values = instanceOf(tool.parameters, { dice, words: wordsPerField })
      return { id: `call_${id}_${index}`, name: tool.name, arguments: values }
    })
  }
}
