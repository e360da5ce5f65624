/** The model that is not there, as a function: from the body of a chat request to the response of an obedient provider. */
import { isObject, Refused, type Tokens } from '../asked/asked.ts'
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
    const asked = typeof parsed === 'string' ? new Refused(parsed) : read(parsed, undefined, false)
    if (asked instanceof Refused) {
      return { status: asked.status, headers, body: error(asked), promptTokens: 0, completionTokens: 0 }
    }
    const made = author.chat(asked, author.digest(body))
    const { promptTokens, completionTokens } = made
    return { status: 200, headers, body: answer(asked, made), promptTokens, completionTokens }
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
