/** The model that is not there, as a function: from the body of a chat request to the response of an obedient provider. */
import { isObject, Refused, type Tokens } from '../requested/requested.ts'
import { Author, type SimulatedModelOptions } from '../texts/author.ts'
import { openAiChatFormat } from '../wire/openai-chat.ts'

interface SimulatedResponse extends Tokens {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Takes the body of a `POST /chat/completions`. */
export type SimulatedModel = (body: string) => SimulatedResponse

const headers = { 'content-type': 'application/json' }

export function simulatedModel(options: SimulatedModelOptions = {}): SimulatedModel {
  const author = new Author(options)
  const { read, answer, error } = openAiChatFormat
  return (body) => {
    const parsed = readBody(body)
    const requested = typeof parsed === 'string' ? new Refused(parsed) : read(parsed, undefined, false)
    if (requested instanceof Refused) {
      return {
        status: requested.status,
        headers,
        body: error(requested),
        promptTokens: 0,
        completionTokens: 0,
      }
    }
    const generated = author.chat(requested, author.digest(body))
    const { promptTokens, completionTokens } = generated
    return { status: 200, headers, body: answer(requested, generated), promptTokens, completionTokens }
  }
}

/** The object of a body, or what is wrong with it. */
export function readBody(body: string): Readonly<Record<string, unknown>> | string {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return 'The body is not JSON.'
  }
  return isObject(parsed) ? parsed : 'The body is not a JSON object.'
}
