/** Batches as the Gemini API has them: operations, with their requests and responses in the bodies. Files of it are not served. */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import { type BatchStore, dayMs, type LineEnd, type StoredBatch } from './batch-store.ts'
import { type BatchEnd, type BatchRequest, json, sorry } from './batch-words.ts'

const creating = /^(.*\/v1(?:alpha|beta)?)\/models\/([^/:]+):(batchGenerateContent|asyncBatchEmbedContent)$/
/** OpenAI's are at /v1/batches too: there the header of the key decides. */
const existing = /^.*\/v1(alpha|beta)?\/batches(?:\/([^/:]+))?(?::(cancel))?$/

export function geminiBatches(store: BatchStore, request: BatchRequest): BatchEnd | undefined {
  const [, base, model, action] = creating.exec(request.path) ?? []
  if (base !== undefined)
    return create(
      store,
      request,
      `${base}/models/${model}`,
      String(model),
      action === 'asyncBatchEmbedContent',
    )
  const found = existing.exec(request.path)
  const [, beta, id, ending] = found ?? []
  if (found === null || (beta === undefined && !('x-goog-api-key' in request.headers))) return undefined
  if (id === undefined) return list(store, request)
  const refused = request.method === 'GET' ? store.faults.strikes('poll') : undefined
  if (refused !== undefined)
    return sorry(refused.status ?? 503, refused.message ?? 'The service is unavailable.')
  const batch = store.get(id)
  if (batch === undefined) return sorry(404, `Requested entity was not found: batches/${id}`)
  if (ending === 'cancel') {
    store.cancel(batch)
    return json({})
  }
  if (request.method === 'DELETE') {
    store.batches.delete(id)
    return json({})
  }
  return json(operation(store, batch))
}

function create(
  store: BatchStore,
  { body }: BatchRequest,
  path: string,
  model: string,
  embeds: boolean,
): BatchEnd {
  let requested: Value
  try {
    requested = parseJson(body.toString('utf8'))
  } catch {
    return sorry(400, 'Invalid JSON payload received.')
  }
  const batch = memberOf(requested, 'batch')
  const displayName = batch?.display_name ?? batch?.displayName
  if (typeof displayName !== 'string') return sorry(400, 'batch.display_name is required')
  const input = memberOf(batch, 'input_config') ?? memberOf(batch, 'inputConfig')
  const list = memberOf(input, 'requests')?.requests
  if (!Array.isArray(list) || list.length === 0)
    return sorry(400, 'batch.input_config.requests: none are there')
  const refused = store.faults.strikes('create_refused')
  if (refused !== undefined)
    return sorry(refused.status ?? 429, refused.message ?? 'Resource has been exhausted.')
  const lines = list.map((each, at) => {
    const { model: _, ...request } = memberOf(each, 'request') ?? {}
    const key = memberOf(each, 'metadata')?.key
    const customId = typeof key === 'string' ? key : String(at)
    return {
      customId,
      path: `${path}:${embeds ? 'embedContent' : 'generateContent'}`,
      body: formatJson(request),
    }
  })
  const generated = store.create({ displayName, model: `models/${model}`, embeds }, lines, 2 * dayMs)
  return store.faults.strikes('create_lost') === undefined ? json(operation(store, generated)) : 'reset'
}

function list(store: BatchStore, { query }: BatchRequest): BatchEnd {
  const all = store.list()
  const size = Math.min(Number(query.get('pageSize') ?? 20), 100)
  const from = Number(query.get('pageToken') ?? 0)
  const operations = all.slice(from, from + size).map((batch) => operation(store, batch, false))
  return json({ operations, ...(from + size < all.length ? { nextPageToken: String(from + size) } : {}) })
}

const states = {
  validating: 'PENDING',
  working: 'RUNNING',
  cancelling: 'RUNNING',
  failed: 'FAILED',
  expired: 'EXPIRED',
  cancelled: 'CANCELLED',
  completed: 'SUCCEEDED',
} as const

function operation(store: BatchStore, batch: StoredBatch, whole = true) {
  const { id, phase, about, lines, ends, createdAt, endedAt, error } = batch
  const at = (ms: number | null) => (ms === null ? undefined : new Date(ms).toISOString())
  const count = (outcome: LineEnd['outcome']) => String(ends.filter((end) => end.outcome === outcome).length)
  const isDone = endedAt !== null
  const isRemoved = isDone && whole && store.faults.strikes('file_gone') !== undefined
  const output = isDone && whole && error === null && !isRemoved ? outputOf(store, batch) : undefined
  return {
    name: `batches/${id}`,
    metadata: {
      '@type': 'type.googleapis.com/google.ai.generativelanguage.v1main.GenerateContentBatch',
      model: about.model,
      displayName: about.displayName,
      state: `BATCH_STATE_${states[phase]}`,
      ...{ createTime: at(createdAt), updateTime: at(endedAt ?? createdAt), endTime: at(endedAt) },
      batchStats: {
        requestCount: String(lines.length),
        successfulRequestCount: count('answered'),
        failedRequestCount: count('refused'),
        pendingRequestCount: isDone ? '0' : String(lines.length),
      },
      name: `batches/${id}`,
      ...(output === undefined ? {} : { output }),
    },
    ...(isDone ? { done: true } : {}),
    ...(error === null ? {} : { error: { code: 8, message: `${error.code}: ${error.message}` } }),
    ...(output === undefined ? {} : { response: output }),
  }
}

function outputOf(store: BatchStore, batch: StoredBatch): object {
  const inlinedResponses = store.results(batch).map(({ customId, outcome, text, status }) => {
    const metadata = { key: customId }
    if (outcome === 'answered') return { response: JSON.parse(text) as object, metadata }
    const error =
      outcome === 'refused' ? errorIn(text, status) : { code: 1, message: `The request was ${outcome}.` }
    return { error, metadata }
  })
  const list = { inlinedResponses }
  return batch.about.embeds === true ? { inlinedEmbedContentResponses: list } : { inlinedResponses: list }
}

function errorIn(text: string, status: number): object {
  const message = /"message":\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? 'The request failed.'
  return { code: status === 400 ? 3 : 13, message }
}

function memberOf(value: Value | undefined, name: string): ValueObject | undefined {
  const member = isValueObject(value) ? value[name] : undefined
  return isValueObject(member) ? member : undefined
}
