/**
 * The accounting (promise P8): what was requested and what came back, per model, over all processes. Effects that are no request to
 * a model have lines of their own, without tokens.
 *
 * A row group's ledger goes into its commit; what is still open is counted from the journal. An intent
 * whose process died before an answer or a failure was written is `unknown`: it may have been paid for.
 */
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Usage } from '../../models/contract/contract.ts'
import { isEffectName } from '../../models/contract/effect.ts'
import type { TokenReservation } from '../../models/contract/request-size.ts'
import type { Account } from '../../models/wire/reply.ts'

const counts = [
  /** Sent, HTTP retries included. */
  'requests',
  /** Of them: in flight when their process died. */
  'unknown',
  /** Of them: answered, also by answers that could not be used. */
  'replies',
  /** Answers that another dataset had paid for: no request, no tokens. */
  'reused',
  'input_tokens',
  /** Of the input tokens. */
  'cached_input_tokens',
  /** Of the input tokens: those that were written into a cache. */
  'cache_write_tokens',
  'output_tokens',
  /** Of the output tokens. */
  'reasoning_tokens',
  /** Requests whose answer was not seen, and which may have been paid for: unknown ones, and those that broke off. */
  'unseen',
  /** What those took at most. */
  'unseen_input_tokens',
  'unseen_output_tokens',
  /** Answers that ended for an unknown reason: perhaps they are not whole. */
  'unknown_ends',
  /** Answers whose usage is unknown: what they took at most is among the unseen tokens, and their requests are not. */
  'untold',
] as const

/** Counts of one model or effect. A model is named `provider/model`. */
export type LedgerLine = Record<(typeof counts)[number], number>

export type Ledger = Map<string, LedgerLine>

export function emptyLine(): LedgerLine {
  return Object.fromEntries(counts.map((name) => [name, 0])) as LedgerLine
}

function lineOf(ledger: Ledger, model: string): LedgerLine {
  let line = ledger.get(model)
  if (line === undefined) {
    line = emptyLine()
    ledger.set(model, line)
  }
  return line
}

/** A request is sent that takes so many tokens at most. Unknown until `countReply` or `countFailure`. */
export function countRequest(ledger: Ledger, model: string, most: TokenReservation): void {
  const line = lineOf(ledger, model)
  line.requests++
  line.unknown++
  addUnanswered(line, most, 1)
}

/** The same for many, of which the most is that of all together. */
export function countRequests(ledger: Ledger, model: string, most: TokenReservation, requests: number): void {
  const line = lineOf(ledger, model)
  line.requests += requests
  line.unknown += requests
  line.unseen += requests
  line.unseen_input_tokens += most.input
  line.unseen_output_tokens += most.output
}

export function countAnswered(
  ledger: Ledger,
  model: string,
  most: TokenReservation,
  { usage, unknownEnd }: Account,
): void {
  const line = lineOf(ledger, model)
  line.unknown--
  if (usage.usageUnknown === true) line.unseen--
  else addUnanswered(line, most, -1)
  addAnswer(line, usage)
  if (unknownEnd !== undefined) line.unknown_ends++
}

/** What one answer took, as a line. */
export function lineOfAnswer(usage: Usage): LedgerLine {
  const line = emptyLine()
  addAnswer(line, usage)
  return line
}

/** An answer by itself, as one request: how many it took is reported elsewhere. */
export function countAnswer(ledger: Ledger, model: string, usage: Usage): void {
  const line = lineOf(ledger, model)
  line.requests++
  addAnswer(line, usage)
}

function addAnswer(line: LedgerLine, usage: Usage): void {
  line.replies++
  if (usage.usageUnknown === true) line.untold++
  line.input_tokens += usage.inputTokens
  line.cached_input_tokens += usage.cachedInputTokens
  line.cache_write_tokens += usage.cacheWriteTokens ?? 0
  line.output_tokens += usage.outputTokens
  line.reasoning_tokens += usage.reasoningTokens
}

/** @param brokeOff there was no response: the provider may have made an answer, and count it */
export function countFailure(ledger: Ledger, model: string, most: TokenReservation, brokeOff: boolean): void {
  const line = lineOf(ledger, model)
  line.unknown--
  if (!brokeOff) addUnanswered(line, most, -1)
}

export function countReused(ledger: Ledger, model: string): void {
  lineOf(ledger, model).reused++
}

function addUnanswered(line: LedgerLine, most: TokenReservation, times: 1 | -1): void {
  line.unseen += times
  line.unseen_input_tokens += times * most.input
  line.unseen_output_tokens += times * most.output
}

export function addLedger(total: Ledger, part: Ledger): void {
  for (const [model, line] of part) addLine(lineOf(total, model), line)
}

function addLine(sum: LedgerLine, line: LedgerLine): void {
  for (const name of counts) sum[name] += line[name]
}

/** The lines of models, without those of other effects. */
export function modelsIn(ledger: Ledger): Ledger {
  return new Map([...ledger].filter(([name]) => !isEffectName(name)))
}

/** The lines of effects that are no request to a model. */
export function effectsIn(ledger: Ledger): Ledger {
  return new Map([...ledger].filter(([name]) => isEffectName(name)))
}

/** The sum over all lines. */
export function sumLedger(ledger: Ledger): LedgerLine {
  const sum = emptyLine()
  for (const line of ledger.values()) addLine(sum, line)
  return sum
}

const cameLater: ReadonlySet<string> = new Set(['unknown_ends', 'cache_write_tokens'])

/** As it stands in a commit; without what came later and is 0. */
export function ledgerToValue(ledger: Ledger): ValueObject {
  const entries = [...ledger].map(([model, line]) => [
    model,
    Object.fromEntries(
      counts
        .filter((name) => !cameLater.has(name) || line[name] > 0)
        .map((name) => [name, BigInt(line[name])]),
    ),
  ])
  return Object.fromEntries(entries)
}

/** A count that an earlier Rowsmith did not write is 0. */
export function ledgerFromValue(value: Value): Ledger {
  const ledger: Ledger = new Map()
  if (!isValueObject(value)) return ledger
  for (const [model, stored] of Object.entries(value)) {
    if (!isValueObject(stored)) continue
    const line = lineOf(ledger, model)
    for (const name of counts) line[name] = Number(stored[name] ?? 0)
  }
  return ledger
}
