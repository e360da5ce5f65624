/**
 * The bill (promise P8): what was asked and what came back, per model, over all processes.
 *
 * A row group's ledger goes into its commit; what is still open is counted from the journal. An intent
 * whose process died before an answer or a failure was written is `unknown`: it may have been paid for.
 */
import { isValueObject, type Value, type ValueObject } from '../base/value.ts'
import type { Usage } from '../models/contract.ts'

/** Counts of one model, named `provider/model`. */
export interface LedgerLine {
  requests: number
  unknown: number
  /** Answers that another dataset had paid for: no request, no tokens. */
  reused: number
  input_tokens: number
  output_tokens: number
}

export type Ledger = Map<string, LedgerLine>

function emptyLine(): LedgerLine {
  return { requests: 0, unknown: 0, reused: 0, input_tokens: 0, output_tokens: 0 }
}

function lineOf(ledger: Ledger, model: string): LedgerLine {
  let line = ledger.get(model)
  if (line === undefined) {
    line = emptyLine()
    ledger.set(model, line)
  }
  return line
}

/** A request is sent. Unknown until `countReply` or `countFailure`. */
export function countRequest(ledger: Ledger, model: string): void {
  const line = lineOf(ledger, model)
  line.requests++
  line.unknown++
}

export function countReply(ledger: Ledger, model: string, usage: Usage): void {
  const line = lineOf(ledger, model)
  line.unknown--
  line.input_tokens += usage.inputTokens
  line.output_tokens += usage.outputTokens
}

export function countReused(ledger: Ledger, model: string): void {
  lineOf(ledger, model).reused++
}

export function countFailure(ledger: Ledger, model: string): void {
  lineOf(ledger, model).unknown--
}

export function addLedger(total: Ledger, part: Ledger): void {
  for (const [model, line] of part) addLine(lineOf(total, model), line)
}

function addLine(sum: LedgerLine, line: LedgerLine): void {
  sum.requests += line.requests
  sum.unknown += line.unknown
  sum.reused += line.reused
  sum.input_tokens += line.input_tokens
  sum.output_tokens += line.output_tokens
}

/** The sum over all models. */
export function sumLedger(ledger: Ledger): LedgerLine {
  const sum = emptyLine()
  for (const line of ledger.values()) addLine(sum, line)
  return sum
}

/** As it stands in a commit. */
export function ledgerToValue(ledger: Ledger): ValueObject {
  const entries = [...ledger].map(([model, line]) => [
    model,
    {
      requests: BigInt(line.requests),
      unknown: BigInt(line.unknown),
      reused: BigInt(line.reused),
      input_tokens: BigInt(line.input_tokens),
      output_tokens: BigInt(line.output_tokens),
    },
  ])
  return Object.fromEntries(entries)
}

export function ledgerFromValue(value: Value): Ledger {
  const ledger: Ledger = new Map()
  if (!isValueObject(value)) return ledger
  for (const [model, line] of Object.entries(value)) {
    if (!isValueObject(line)) continue
    ledger.set(model, {
      requests: Number(line.requests ?? 0),
      unknown: Number(line.unknown ?? 0),
      reused: Number(line.reused ?? 0),
      input_tokens: Number(line.input_tokens ?? 0),
      output_tokens: Number(line.output_tokens ?? 0),
    })
  }
  return ledger
}
