/** The odd answers and errors of real servers, over real HTTP: a case for each section of the data. */
import { equal, ok } from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { RowsmithError } from '../../base/errors/errors.ts'
import { readText } from '../../models/answer/answer-text.ts'
import type { Attempt } from '../../models/contract/contract.ts'
import { readReply } from '../../models/wire/reply.ts'
import type { OddAnswer } from './odd-answer.ts'
import { oddAnswers } from './odd-answers.ts'
import { type OddError, oddErrors } from './odd-errors.ts'
import { eventStream } from './vendor.ts'

/** Sends a prompt to a server that answers so; with `stallMs` the answer is streamed. */
type Requests = (
  act: (response: ServerResponse) => void,
  prompt: string,
  stallMs: number | null,
) => Promise<Attempt>

export interface OddCase {
  readonly name: string
  run(request: Requests): Promise<void>
}

/** Every error is judged the same, whichever provider answers so. */
export const errorCases: readonly OddCase[] = Object.entries(oddErrors).map(([kind, cases]) => ({
  name: `errors that mean ${kind} are judged so`,
  async run(request) {
    for (const odd of cases) await judged(request, odd)
  },
}))

async function judged(request: Requests, odd: OddError): Promise<void> {
  const { from, status, headers = {}, body, prompt = 'Hello' } = odd
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const attempt = await request((response) => response.writeHead(status, headers).end(text), prompt, null)
  if (attempt.kind === 'reply') throw new Error(`${from}: it was taken for an answer.`)
  const { code, action, message } = attempt.failure
  equal(`${code}: ${action}`, `${odd.code}: ${odd.action}`, from)
  ok(message.includes(odd.says ?? ''), `${from}: ${message}`)
}

/** What vendors answer in their own formats. */
export function answerCases(sections: readonly (keyof typeof oddAnswers)[]): readonly OddCase[] {
  return sections.map((section) => ({
    name: `odd answers of ${section} come to what they are`,
    async run(request) {
      for (const odd of oddAnswers[section]) equal(await outcome(request, odd), expected(odd), odd.from)
    },
  }))
}

/** What a server sends for an odd answer. */
export function sentFor({ status = 200, headers = {}, body }: OddAnswer) {
  const isStream = Array.isArray(body) || headers['content-type'] !== undefined
  const text = Array.isArray(body)
    ? eventStream(body.map((data: object | string) => ({ data })))
    : typeof body === 'string'
      ? body
      : JSON.stringify(body)
  const type = isStream ? 'text/event-stream' : 'application/json'
  return { isStream, status, headers: { 'content-type': type, ...headers }, text }
}

async function outcome(request: Requests, odd: OddAnswer): Promise<string> {
  const { isStream, status, headers, text } = sentFor(odd)
  const act = (response: ServerResponse) => response.writeHead(status, headers).end(text)
  const attempt = await request(act, 'Hello', isStream ? 60_000 : null)
  if (attempt.kind === 'failed') {
    const { action, code } = attempt.failure
    return `${action === 'retry' || action === 'wait' ? 'again' : 'row'} ${code}`
  }
  try {
    return `value ${readText(readReply(attempt.body))}`
  } catch (error) {
    if (RowsmithError.isInstance(error)) return `row ${error.code}`
    throw error
  }
}

function expected({ expected: wanted }: OddAnswer): string {
  if ('value' in wanted) return `value ${wanted.value}`
  return 'row' in wanted ? `row ${wanted.row}` : `again ${wanted.again}`
}
