/** The way of a request about files or batches to the vendor whose words it speaks. */
import { anthropicBatches } from './anthropic-batches.ts'
import type { BatchStore } from './batch-store.ts'
import { type BatchEnd, type BatchRequest, json } from './batch-words.ts'
import { geminiBatches } from './gemini-batches.ts'
import { openAiBatches } from './openai-batches.ts'

/**
 * @param errorOf an error in the words of the client's vendor
 * @returns undefined for a request about something else
 */
export function batchDoor(
  store: BatchStore,
  url: () => string,
  errorOf: (request: BatchRequest, status: number, message: string) => string,
): (request: BatchRequest) => BatchEnd | undefined {
  return (request) => {
    if (request.path === '/clock' && request.method === 'POST') {
      store.forward(Number(request.query.get('forward_ms') ?? 0))
      return json({ now: store.now() })
    }
    const taken =
      anthropicBatches(store, request, url) ?? geminiBatches(store, request) ?? openAiBatches(store, request)
    if (taken === undefined || taken === 'reset' || taken.status < 400) return taken
    return typeof taken.body === 'string' && taken.body.startsWith('{')
      ? taken
      : { ...taken, body: errorOf(request, taken.status, String(taken.body)) }
  }
}

/** Whether requests at a path may be as large as a batch. */
export function isBatchPath(path: string): boolean {
  return /\/(files(\/upload)?|batches|messages\/batches)$|:(batchGenerateContent|asyncBatchEmbedContent)$/.test(
    path,
  )
}
