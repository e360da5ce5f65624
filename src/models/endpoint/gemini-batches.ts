/** Batches as the Gemini API has them: requests in the create, responses in the batch itself. */
import { isObject, type JsonObject } from '../body/body.ts'
import type { BatchApi, BatchEnd, BatchResult, BatchSeen } from '../contract/batch.ts'
import { type BatchCalls, numberOf, textOf } from './batch-calls.ts'

/** The limit of a create is 20 MB. */
const most = { requests: 45_000, bytes: 18 * 1024 * 1024 }
const pageSize = 100

export function geminiBatches(calls: BatchCalls): Omit<BatchApi, 'line'> {
  const get = (id: string, signal: AbortSignal) =>
    calls.named({ method: 'GET', url: calls.urlOf(id) }, signal, 'name')
  return {
    findsBy: 'mark',
    most,
    async create({ lines, route, mark }, signal) {
      const requests = lines.bytes.toString('utf8').trim().replaceAll('\n', ',')
      const body = `{"batch":{"display_name":${JSON.stringify(mark)},"input_config":{"requests":{"requests":[${requests}]}}}}`
      return seen(
        await calls.named({ method: 'POST', url: calls.urlOf(creating(route)), body }, signal, 'name'),
      )
    },
    async list(since, signal) {
      const found: BatchSeen[] = []
      for (let token = ''; ; ) {
        const ended = await calls.object(
          { method: 'GET', url: calls.urlOf(`batches?pageSize=${pageSize}${token}`) },
          signal,
        )
        if (ended.kind === 'failed') return ended
        const { operations, nextPageToken } = ended.value
        const batches = (Array.isArray(operations) ? operations : []).filter(isObject).map(seenIn)
        found.push(...batches)
        if (textOf(nextPageToken) === '' || batches.every(({ createdAt }) => createdAt < since)) {
          return { kind: 'done', value: found }
        }
        token = `&pageToken=${encodeURIComponent(textOf(nextPageToken))}`
      }
    },
    get: async (id, signal) => seen(await get(id, signal)),
    async results({ id }, kindOf, take, signal) {
      const resultOf = (customId: string, response: unknown, error: unknown): BatchResult => {
        const kind = kindOf(customId)
        if (isObject(response)) return calls.judge(customId, kind, 200, asAlone(response))
        const code = isObject(error) ? error.code : undefined
        if (code === 1) return { customId, attempt: { kind: 'unpaid' } }
        return calls.judge(customId, kind, code === 3 ? 400 : 500, { error })
      }
      const ended = await get(id, signal)
      if (ended.kind === 'failed') return ended
      for (const { response, metadata, error } of responsesIn(ended.value)) {
        const customId = isObject(metadata) ? textOf(metadata.key) : ''
        await take(resultOf(customId, response, error))
      }
      return { kind: 'done', value: null }
    },
    async cancel(id, signal) {
      const ended = await calls.object(
        { method: 'POST', url: calls.urlOf(`${id}:cancel`), body: '{}' },
        signal,
      )
      return ended.kind === 'failed' ? ended : { kind: 'done', value: null }
    },
    forget: async () => {},
  }
}

/** Whether requests at a route are for embeddings. */
export function isEmbedding(route: string): boolean {
  return route.endsWith(':batchEmbedContents')
}

/** The route of a batch of requests at a route. */
function creating(route: string): string {
  const action = isEmbedding(route) ? 'asyncBatchEmbedContent' : 'batchGenerateContent'
  return route.replace(/:\w+.*$/, `:${action}`)
}

/** As a request alone is answered: a line embeds one text, and has no list around its vector. */
function asAlone({ embedding, ...response }: JsonObject): JsonObject {
  return embedding === undefined ? response : { ...response, embeddings: [embedding] }
}

function responsesIn(operation: JsonObject): JsonObject[] {
  const metadata = isObject(operation.metadata) ? operation.metadata : {}
  for (const output of [operation.response, metadata.output]) {
    if (!isObject(output)) continue
    const list = output.inlinedResponses ?? output.inlinedEmbedContentResponses
    const inner = isObject(list) ? list.inlinedResponses : list
    if (Array.isArray(inner)) return inner.filter(isObject)
  }
  return []
}

function seen(ended: BatchEnd<JsonObject>): BatchEnd<BatchSeen> {
  return ended.kind === 'failed' ? ended : { kind: 'done', value: seenIn(ended.value) }
}

function seenIn(operation: JsonObject): BatchSeen {
  const metadata = isObject(operation.metadata) ? operation.metadata : {}
  const stats = isObject(metadata.batchStats) ? metadata.batchStats : {}
  const word = textOf(metadata.state)
    .replace(/^(BATCH|JOB)_STATE_/, '')
    .toLowerCase()
  const isFailed = word === 'failed'
  const error = isObject(operation.error) ? textOf(operation.error.message) : ''
  return {
    id: textOf(operation.name),
    mark: textOf(metadata.displayName) || null,
    input: null,
    createdAt: Date.parse(textOf(metadata.createTime)),
    count: numberOf(stats.requestCount),
    answered: numberOf(stats.successfulRequestCount),
    state: isFailed
      ? 'failed'
      : /^(succeeded|partially_succeeded|cancelled|expired)$/.test(word)
        ? 'ended'
        : 'working',
    isWhole: /^(partially_)?succeeded$/.test(word),
    word,
    why: isFailed ? error : null,
    overQuota: isFailed && /token_limit_exceeded|exhausted|quota/i.test(error),
    results: [],
  }
}
