/** Batches in the accounting: a model used through them has a line of its own, at the price of batches. */
import type { BatchRecord } from '../../store/logs/batches.ts'
import { addLedger, countRequests, type Ledger } from './ledger.ts'

const ending = '@batch'

/** The name in the accounting of a model that is called by batches: `openai/gpt-4.1@batch`. */
export function batchModel(model: string): string {
  return `${model}${ending}`
}

/** Requests that are out, at their most, and those of which it is unknown whether they were answered. */
export function batchLedger(records: readonly BatchRecord[]): Ledger {
  const total: Ledger = new Map()
  for (const { model, count, most_input: input, most_output: output, done, strayed } of records) {
    const times = strayed.length + (done === null ? 1 : 0)
    if (times === 0) continue
    const of: Ledger = new Map()
    countRequests(of, batchModel(model), { input: times * input, output: times * output }, times * count)
    addLedger(total, of)
  }
  return total
}

/** A usage report in which requests of batches that are not read yet stand apart from those that may be lost. */
export function withRequestsInBatches<Report extends { readonly unknown: number }>(
  report: Report,
  records: readonly BatchRecord[],
): Report & { readonly in_batches?: number } {
  const waiting = records.reduce((sum, { done, count }) => sum + (done === null ? count : 0), 0)
  return waiting === 0 ? report : { ...report, unknown: report.unknown - waiting, in_batches: waiting }
}
