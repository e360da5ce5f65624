/** Message batches as Anthropic has them: requests in the body, no mark of one's own, results as a stream of lines. */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { type BatchStore, dayMs, type LineEnd, type StoredBatch } from './batch-store.ts'
import { type BatchEnd, type BatchRequest, json, sorry } from './batch-words.ts'

const batchPath = /^(.*?)\/messages\/batches(?:\/([^/]+))?(?:\/(cancel|results))?$/

export function anthropicBatches(
  store: BatchStore,
  request: BatchRequest,
  url: () => string,
): BatchEnd | undefined {
  const [, base, id, action] = batchPath.exec(request.path) ?? []
  if (base === undefined) return undefined
  const shown = (batch: StoredBatch) => batchObject(batch, `${url()}${base}`)
  if (id === undefined) {
    return request.method === 'POST' ? create(store, request, base, shown) : list(store, request, shown)
  }
  const refused = request.method === 'GET' ? store.faults.strikes('poll') : undefined
  if (refused !== undefined) return sorry(refused.status ?? 529, refused.message ?? 'Overloaded')
  const batch = store.get(id)
  if (batch === undefined) return sorry(404, `Batch not found: ${id}`)
  if (action === 'cancel') store.cancel(batch)
  if (request.method === 'DELETE') {
    if (batch.endedAt === null) return sorry(400, 'A batch that is in progress cannot be deleted.')
    store.batches.delete(id)
    return json({ id, type: 'message_batch_deleted' })
  }
  if (action !== 'results') return json(shown(batch))
  const isRemoved = batch.endedAt !== null && store.faults.strikes('file_gone') !== undefined
  if (batch.endedAt === null || isRemoved) return sorry(404, 'The results of this batch are not there.')
  const body = store
    .results(batch)
    .map((end) => `${resultLine(end)}\n`)
    .join('')
  return { status: 200, body, headers: { 'content-type': 'application/x-jsonl' } }
}

function create(
  store: BatchStore,
  { body }: BatchRequest,
  base: string,
  shown: (batch: StoredBatch) => object,
): BatchEnd {
  let requested: Value
  try {
    requested = parseJson(body.toString('utf8'))
  } catch {
    return sorry(400, 'The body is no JSON.')
  }
  const requests = isValueObject(requested) && Array.isArray(requested.requests) ? requested.requests : []
  if (requests.length === 0) return sorry(400, 'requests: at least one is required')
  const refused = store.faults.strikes('create_refused')
  if (refused !== undefined)
    return sorry(refused.status ?? 429, refused.message ?? 'Rate limit of batches reached.')
  const ids = new Set<string>()
  for (const each of requests) {
    const customId = isValueObject(each) && typeof each.custom_id === 'string' ? each.custom_id : ''
    if (!/^[a-zA-Z0-9_-]{1,64}$/.test(customId))
      return sorry(400, 'requests.custom_id: must match ^[a-zA-Z0-9_-]{1,64}$')
    if (ids.has(customId)) return sorry(400, `requests: custom_id ${customId} is there twice`)
    ids.add(customId)
  }
  const lines = requests.map((each) => {
    const { custom_id: customId, params } = each as Readonly<Record<string, Value>>
    return { customId: String(customId), path: `${base}/messages`, body: formatJson(params ?? {}) }
  })
  const batch = store.create({}, lines, dayMs)
  return store.faults.strikes('create_lost') === undefined ? json(shown(batch)) : 'reset'
}

function list(store: BatchStore, { query }: BatchRequest, shown: (batch: StoredBatch) => object): BatchEnd {
  const all = store.list()
  const limit = Math.min(Number(query.get('limit') ?? 20), 1000)
  const after = query.get('after_id')
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const page = all.slice(from, from + limit)
  const [first_id, last_id] = [page[0]?.id ?? null, page.at(-1)?.id ?? null]
  return json({ data: page.map(shown), has_more: from + limit < all.length, first_id, last_id })
}

function batchObject(
  { id, phase, lines, ends, createdAt, expiresAt, endedAt, cancelledAt }: StoredBatch,
  base: string,
) {
  const at = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString())
  const count = (outcome: LineEnd['outcome']) => ends.filter((end) => end.outcome === outcome).length
  const isFailed = phase === 'failed'
  return {
    id,
    type: 'message_batch',
    processing_status: endedAt !== null ? 'ended' : cancelledAt === null ? 'in_progress' : 'canceling',
    request_counts: {
      processing: endedAt === null ? lines.length : 0,
      succeeded: count('answered'),
      errored: isFailed ? lines.length : count('refused'),
      canceled: count('cancelled'),
      expired: count('expired'),
    },
    ...{ created_at: at(createdAt), expires_at: at(expiresAt), ended_at: at(endedAt), archived_at: null },
    cancel_initiated_at: at(cancelledAt),
    results_url: endedAt === null ? null : `${base}/messages/batches/${id}/results`,
  }
}

function resultLine({ customId, outcome, text }: LineEnd): string {
  const head = `"custom_id":${JSON.stringify(customId)}`
  if (outcome === 'answered') return `{${head},"result":{"type":"succeeded","message":${text}}}`
  if (outcome === 'refused') return `{${head},"result":{"type":"errored","error":${text}}}`
  return `{${head},"result":{"type":"${outcome === 'expired' ? 'expired' : 'canceled'}"}}`
}
