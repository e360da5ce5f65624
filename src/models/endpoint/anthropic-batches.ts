/** Message batches as Anthropic has them: requests in the create, no mark of one's own, results as a stream of lines. */
import { isObject, type JsonObject } from '../body/body.ts'
import type { BatchApi, BatchEnd, BatchSeen } from '../contract/batch.ts'
import { type BatchCalls, numberOf, objectIn, textOf } from './batch-calls.ts'

const most = { requests: 90_000, bytes: 64 * 1024 * 1024 }
const pageSize = 100

export function anthropicBatches(calls: BatchCalls): Omit<BatchApi, 'line'> {
  const at = (route: string): string => calls.urlOf(`v1/messages/batches${route}`)
  return {
    findsBy: 'count',
    most,
    async create({ lines }, signal) {
      separate(lines.bytes)
      const body = lines.between('{"requests":[', ']}')
      return seen(await calls.named({ method: 'POST', url: at(''), body }, signal))
    },
    async list(since, signal) {
      const found: BatchSeen[] = []
      for (let after = ''; ; ) {
        const ended = await calls.object({ method: 'GET', url: at(`?limit=${pageSize}${after}`) }, signal)
        if (ended.kind === 'failed') return ended
        const batches = (Array.isArray(ended.value.data) ? ended.value.data : []).filter(isObject).map(seenIn)
        found.push(...batches)
        const last = batches.at(-1)
        if (ended.value.has_more !== true || last === undefined || last.createdAt < since)
          return { kind: 'done', value: found }
        after = `&after_id=${encodeURIComponent(last.id)}`
      }
    },
    get: async (id, signal) => seen(await calls.named({ method: 'GET', url: at(`/${id}`) }, signal)),
    results: ({ id }, kindOf, take, signal) =>
      calls.lines(
        { method: 'GET', url: at(`/${id}/results`) },
        (line) => {
          const { custom_id, result } = objectIn(line)
          const customId = textOf(custom_id)
          const { type, message, error } = isObject(result) ? result : {}
          if (type === 'succeeded') return take(calls.judge(customId, kindOf(customId), 200, message))
          if (type === 'errored') return take(calls.judge(customId, kindOf(customId), statusOf(error), error))
          return take({ customId, attempt: { kind: 'unpaid' } })
        },
        signal,
      ),
    async cancel(id, signal) {
      const ended = await calls.object({ method: 'POST', url: at(`/${id}/cancel`), body: '{}' }, signal)
      return ended.kind === 'failed' ? ended : { kind: 'done', value: null }
    },
    // Anthropic keeps results for 29 days and no longer; the batch itself is what finds them.
    forget: async () => {},
  }
}

/** Lines become members of a list. What was a list already stays one. */
function separate(lines: Buffer): void {
  for (let at = lines.indexOf(10); at !== -1; at = lines.indexOf(10, at + 1)) lines[at] = 0x2c
  lines[lines.length - 1] = 0x20
}

function statusOf(error: unknown): number {
  const inner = isObject(error) && isObject(error.error) ? error.error : {}
  return statuses[textOf(inner.type)] ?? 500
}

/** What the same error has alone. */
const statuses: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  overloaded_error: 529,
}

function seen(ended: BatchEnd<JsonObject>): BatchEnd<BatchSeen> {
  return ended.kind === 'failed' ? ended : { kind: 'done', value: seenIn(ended.value) }
}

function seenIn(batch: JsonObject): BatchSeen {
  const word = textOf(batch.processing_status)
  const counts = isObject(batch.request_counts) ? batch.request_counts : {}
  const count = ['processing', 'succeeded', 'errored', 'canceled', 'expired'].reduce(
    (sum, name) => sum + (numberOf(counts[name]) ?? 0),
    0,
  )
  return {
    id: textOf(batch.id),
    mark: null,
    input: null,
    createdAt: Date.parse(textOf(batch.created_at)),
    count,
    answered: numberOf(counts.succeeded),
    state: word === 'ended' ? 'ended' : 'working',
    isWhole: word === 'ended',
    word,
    why: null,
    overQuota: false,
    results: [],
  }
}
