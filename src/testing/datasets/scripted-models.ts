/**
 * Models that answer what a test says.
 *
 * Rules:
 *   1. An answer is a cell: text, or an object of the column's schema. It is sent as a model would write it.
 *   2. A list is used up in turn, in the order of the requests; a function is called for each request; any other value is the answer
 *      to all of them.
 *   3. A chat request without an answer ends the run with its column and its prompt. Images and vectors come from the simulator.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import type { ColumnConfig } from '../../config/schema/schema.ts'
import { EFFECT_HEADER } from '../../models/endpoint/http-endpoint.ts'
import type { Transport, TransportFailure, TransportResponse } from '../../models/http/transport.ts'
import { placeOfKey } from '../../run/effects/journal-records.ts'
import { simulatorTransport } from '../../simulate/server/transport.ts'
import { chatAnswer, type Fault, isFault, responseOf } from './faults.ts'

/** An answer with more than its text. */
export interface Reply {
  readonly content: string
  readonly finishReason?: 'stop' | 'length' | 'content_filter' | undefined
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
}

/** One request to a model. */
export interface TestRequest<C extends string = string> {
  readonly column: C
  readonly model: string
  /** The last message of the user. */
  readonly prompt: string
  readonly system: string | null
  readonly row: number
  /** How many requests this cell had before. */
  readonly attempt: number
}

/** What a model answers for one column. */
export type Answers<Cell, C extends string> =
  | Cell
  | Reply
  | Fault
  | readonly (Cell | Reply | Fault)[]
  | ((request: TestRequest<C>) => Cell | Reply | Fault | Promise<Cell | Reply | Fault>)

/** Called for a request that no script answers; what it returns is the answer. */
export type Otherwise = (
  request: TestRequest,
  simulated: () => Promise<TransportResponse | TransportFailure>,
) => Promise<unknown>

export class ScriptedModels {
  readonly requests: TestRequest[] = []
  readonly #columns: ReadonlyMap<string, ColumnConfig>
  readonly #answers: Readonly<Record<string, unknown>>
  readonly #otherwise: Otherwise
  readonly #turns = new Map<string, number>()
  readonly #attempts = new Map<string, number>()
  readonly #simulator = simulatorTransport()

  constructor(
    columns: readonly ColumnConfig[],
    answers: Readonly<Record<string, unknown>>,
    otherwise: Otherwise = async (request) => {
      throw noAnswer(request)
    },
  ) {
    this.#columns = new Map(columns.map((column) => [column.name, column]))
    this.#answers = answers
    this.#otherwise = otherwise
  }

  transport(): Transport {
    return {
      post: async (url, headers, body, signal, timeoutMs) => {
        signal.throwIfAborted()
        const simulated = () => this.#simulator.post(url, headers, body, signal, timeoutMs)
        const { messages, model } = JSON.parse(body) as { messages?: readonly Message[]; model: string }
        if (messages === undefined) return simulated()
        const request = this.#requestOf(headers[EFFECT_HEADER] ?? '', model, messages)
        this.requests.push(request)
        const answer = await this.#answerTo(request, simulated)
        return this.#sent(request.column, answer)
      },
      close: async () => {},
    }
  }

  #requestOf(key: string, model: string, messages: readonly Message[]): TestRequest {
    const { row, column } = placeOfKey(key)
    const cell = `${row}/${column}`
    const attempt = this.#attempts.get(cell) ?? 0
    this.#attempts.set(cell, attempt + 1)
    const prompt = textOf(messages.findLast(({ role }) => role === 'user'))
    const system = messages.find(({ role }) => role === 'system')
    return { column, model, prompt, system: system === undefined ? null : textOf(system), row, attempt }
  }

  async #answerTo(request: TestRequest, simulated: Parameters<Otherwise>[1]): Promise<unknown> {
    const { column } = request
    if (!Object.hasOwn(this.#answers, column)) return this.#otherwise(request, simulated)
    const given = this.#answers[column]
    if (typeof given === 'function') return given(request)
    if (!Array.isArray(given)) return given
    const turn = this.#turns.get(column) ?? 0
    this.#turns.set(column, turn + 1)
    if (turn < given.length) return given[turn]
    throw noAnswer(request, `Its ${given.length} answers are used up.`)
  }

  /** The answer as the model of a column would write it (rule 1). */
  #sent(column: string, answer: unknown): TransportResponse | TransportFailure {
    if (isFault(answer)) return responseOf(answer)
    if (isResponse(answer)) return answer
    if (isReply(answer)) return chatAnswer(answer)
    const config = this.#columns.get(column)
    if (typeof answer !== 'string') return chatAnswer({ content: JSON.stringify(answer) })
    if (config?.column_type !== 'llm-code') return chatAnswer({ content: answer })
    return chatAnswer({ content: `\`\`\`${config.code_lang.split(':')[0]}\n${answer}\n\`\`\`` })
  }
}

interface Message {
  readonly role: string
  readonly content: string | readonly { readonly type: string; readonly text?: string }[]
}

function textOf(message: Message | undefined): string {
  const content = message?.content ?? ''
  return typeof content === 'string'
    ? content
    : content.map(({ type, text }) => text ?? `[${type}]`).join('\n')
}

function isReply(answer: unknown): answer is Reply {
  return (
    typeof answer === 'object' && answer !== null && 'content' in answer && typeof answer.content === 'string'
  )
}

function isResponse(answer: unknown): answer is TransportResponse | TransportFailure {
  return (
    typeof answer === 'object' &&
    answer !== null &&
    ('broken' in answer || ('status' in answer && 'body' in answer))
  )
}

function noAnswer({ column, row, prompt }: TestRequest, why = 'Its column has no answers.'): RowsmithError {
  return new RowsmithError(
    'usage',
    `No answer for column "${column}", row ${row}. ${why} The prompt:\n${prompt.slice(0, 2000)}`,
    {
      facts: { column, row },
      nextStep: `Give one: run(dataset, { answers: { ${JSON.stringify(column)}: ... } }).`,
    },
  )
}
