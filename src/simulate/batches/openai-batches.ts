/**
 * Files and batches as OpenAI has them, and so do Azure, Groq and Together; with Mistral's paths and words of jobs next to.
 * Base URLs may stand before the paths as everywhere.
 */
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type ValueObject } from '../../base/values/value.ts'
import {
  type BatchLine,
  type BatchStore,
  dayMs,
  type LineEnd,
  type StoredBatch,
  type StoredFile,
} from './batch-store.ts'
import { type BatchEnd, type BatchRequest, json, sorry } from './batch-words.ts'
import { parseMultipart } from './multipart.ts'

const batchPath = /^.*?\/(files|batches|batch\/jobs)(?:\/([^/]+))?(?:\/(content|cancel|upload))?$/

export function openAiBatches(store: BatchStore, request: BatchRequest): BatchEnd | undefined {
  const [, kind, id, action] = batchPath.exec(request.path) ?? []
  if (kind === undefined) return undefined
  const { method } = request
  if (kind === 'files') {
    // Together uploads to /files/upload.
    if (method === 'POST') return id === undefined || id === 'upload' ? upload(store, request) : undefined
    if (id === undefined) return listFiles(store)
    const file = store.files.get(id)
    if (file === undefined) return sorry(404, `No such File object: ${id}`)
    if (method === 'DELETE') {
      store.files.delete(id)
      return json({ id, object: 'file', deleted: true })
    }
    if (action !== 'content') return json(fileObject(file))
    return { status: 200, body: file.bytes, headers: { 'content-type': 'application/octet-stream' } }
  }
  const isJob = kind === 'batch/jobs'
  if (id === undefined) return method === 'POST' ? create(store, request, isJob) : list(store, request, isJob)
  const refused = method === 'GET' ? store.faults.strikes('poll') : undefined
  if (refused !== undefined)
    return sorry(refused.status ?? 503, refused.message ?? 'The server is overloaded.')
  const batch = store.get(id)
  if (batch === undefined) return sorry(404, `No batch found with id '${id}'.`)
  if (action === 'cancel') store.cancel(batch)
  return json(shownBatch(store, batch, isJob))
}

function upload(store: BatchStore, { headers, body }: BatchRequest): BatchEnd {
  const parts = parseMultipart(String(headers['content-type'] ?? ''), body)
  const file = parts?.find(({ filename }) => filename !== undefined)
  if (parts === undefined || file === undefined) return sorry(400, "'file' is a required property")
  const purpose = parts.find(({ name }) => name === 'purpose')?.bytes.toString('utf8')
  if (purpose === undefined) return sorry(400, "'purpose' is a required property")
  return json(fileObject(store.addFile(file.filename ?? '', purpose, file.bytes)))
}

function listFiles(store: BatchStore): BatchEnd {
  const data = [...store.files.values()].reverse().map(fileObject)
  return json({
    object: 'list',
    data,
    has_more: false,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  })
}

function fileObject({ id, name, purpose, createdAt, bytes }: StoredFile) {
  const created_at = seconds(createdAt)
  return { id, object: 'file', bytes: bytes.length, created_at, filename: name, purpose, status: 'processed' }
}

function create(store: BatchStore, { body }: BatchRequest, isJob: boolean): BatchEnd {
  const requested = bodyOf(body)
  if (requested === undefined) return sorry(400, 'The body is no JSON object.')
  const refused = store.faults.strikes('create_refused')
  if (refused !== undefined)
    return sorry(refused.status ?? 429, refused.message ?? 'Rate limit reached for batches.')
  const [input] =
    isJob && Array.isArray(requested.input_files) ? requested.input_files : [requested.input_file_id]
  const file = store.files.get(String(input))
  if (file === undefined) return sorry(400, `Invalid input_file_id: no such File object: ${String(input)}`)
  if (file.purpose !== 'batch' && file.purpose !== 'batch-api')
    return sorry(400, `The file's purpose must be 'batch', not '${file.purpose}'.`)
  const [, count, unit] = /^(\d+)([hd])$/.exec(String(requested.completion_window ?? '24h')) ?? []
  if (count === undefined)
    return sorry(400, `Invalid completion_window: ${String(requested.completion_window)}`)
  const endpoint = String(requested.endpoint ?? '/v1/chat/completions')
  const lines = file.bytes
    .toString('utf8')
    .split('\n')
    .flatMap((text) => (text.trim() === '' ? [] : [lineOf(text, endpoint, requested.model)]))
  const batch = store.create(
    { ...requested, input: file.id, endpoint },
    lines,
    (Number(count) * dayMs) / (unit === 'd' ? 1 : 24),
  )
  if (store.faults.strikes('create_lost') !== undefined) return 'reset'
  return json(shownBatch(store, batch, isJob))
}

/** Mistral names the model of all lines once. */
function lineOf(text: string, endpoint: string, model: unknown): BatchLine {
  const line = parseJson(text)
  if (!isValueObject(line)) return { customId: '', path: endpoint, body: text }
  const body = isValueObject(line.body) ? line.body : {}
  const named = typeof model === 'string' && body.model === undefined ? { model, ...body } : body
  return {
    customId: String(line.custom_id),
    path: typeof line.url === 'string' ? line.url : endpoint,
    body: formatJson(named),
  }
}

function list(store: BatchStore, { query }: BatchRequest, isJob: boolean): BatchEnd {
  const all = store.list()
  const limit = Math.min(Number(query.get('limit') ?? query.get('page_size') ?? 20), 100)
  const page = Number(query.get('page') ?? 0)
  const after = query.get('after')
  const from = isJob ? page * limit : after === null ? 0 : all.findIndex(({ id }) => id === after) + 1
  const data = all.slice(from, from + limit).map((batch) => shownBatch(store, batch, isJob))
  if (isJob) return json({ object: 'list', data, total: all.length })
  const has_more = from + limit < all.length
  return json({
    object: 'list',
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more,
  })
}

const jobStates = {
  validating: 'QUEUED',
  working: 'RUNNING',
  cancelling: 'CANCELLATION_REQUESTED',
  failed: 'FAILED',
  expired: 'TIMEOUT_EXCEEDED',
  cancelled: 'CANCELLED',
  completed: 'SUCCESS',
} as const

function shownBatch(store: BatchStore, batch: StoredBatch, isJob: boolean) {
  writeResults(store, batch)
  const { id, phase, about, lines, ends, createdAt, endedAt, files, error } = batch
  const [completed, failed] = [countOf(ends, 'answered'), countOf(ends, 'refused')]
  const metadata = (about.metadata as object | undefined) ?? null
  const [output, errors] = [files.results ?? null, files.errors ?? null]
  if (isJob) {
    return {
      ...{
        id,
        object: 'batch',
        input_files: [about.input],
        metadata,
        endpoint: about.endpoint,
        model: about.model ?? null,
      },
      ...{
        output_file: output,
        error_file: errors,
        errors: error === null ? [] : [{ message: error.message, count: 1 }],
      },
      ...{
        status: jobStates[phase],
        created_at: seconds(createdAt),
        completed_at: endedAt === null ? null : seconds(endedAt),
      },
      ...{
        total_requests: lines.length,
        completed_requests: completed + failed,
        succeeded_requests: completed,
        failed_requests: failed,
      },
    }
  }
  const ended = (of: StoredBatch['phase']) => (phase === of && endedAt !== null ? seconds(endedAt) : null)
  return {
    ...{
      id,
      object: 'batch',
      endpoint: about.endpoint,
      model: about.model ?? null,
      input_file_id: about.input,
    },
    errors: error === null ? null : { object: 'list', data: [{ ...error, param: null, line: null }] },
    completion_window: about.completion_window ?? '24h',
    status: phase === 'working' ? 'in_progress' : phase,
    ...{ output_file_id: output, error_file_id: errors, created_at: seconds(createdAt) },
    in_progress_at: phase === 'validating' || phase === 'failed' ? null : seconds(createdAt),
    ...{
      expires_at: seconds(batch.expiresAt),
      finalizing_at: ended('completed'),
      completed_at: ended('completed'),
    },
    ...{ failed_at: ended('failed'), expired_at: ended('expired'), cancelled_at: ended('cancelled') },
    cancelling_at: batch.cancelledAt === null ? null : seconds(batch.cancelledAt),
    request_counts: { total: lines.length, completed, failed },
    metadata,
  }
}

/** A batch that has ended has files; one of them may be missing. */
function writeResults(store: BatchStore, batch: StoredBatch): void {
  if (
    batch.endedAt === null ||
    batch.phase === 'failed' ||
    batch.files.results !== undefined ||
    batch.files.errors !== undefined
  )
    return
  const ends = store.results(batch)
  const good = ends.filter(({ outcome }) => outcome === 'answered')
  const bad = ends.filter(({ outcome }) => outcome !== 'answered')
  const written = (name: string, list: readonly LineEnd[]): string =>
    store.addFile(
      name,
      'batch_output',
      Buffer.from(list.map((end, at) => `${resultLine(batch, end, at)}\n`).join('')),
    ).id
  if (good.length > 0) batch.files.results = written(`${batch.id}_output.jsonl`, good)
  if (bad.length > 0) batch.files.errors = written(`${batch.id}_error.jsonl`, bad)
  if (store.faults.strikes('file_gone') !== undefined)
    store.files.delete(batch.files.results ?? batch.files.errors ?? '')
}

function resultLine({ id }: StoredBatch, { customId, outcome, status, text }: LineEnd, at: number): string {
  const head = `"id":"batch_req_${id}_${at}","custom_id":${JSON.stringify(customId)}`
  if (outcome === 'expired' || outcome === 'cancelled') {
    const message = `This request could not be executed before the ${outcome === 'expired' ? 'completion window expired' : 'batch was cancelled'}.`
    return `{${head},"response":null,"error":${JSON.stringify({ code: `batch_${outcome}`, message })}}`
  }
  return `{${head},"response":{"status_code":${status},"request_id":"req_${at}","body":${text}},"error":null}`
}

function countOf(ends: readonly LineEnd[], outcome: LineEnd['outcome']): number {
  return ends.filter((end) => end.outcome === outcome).length
}

function bodyOf(body: Buffer): ValueObject | undefined {
  try {
    const value = parseJson(body.toString('utf8'))
    return isValueObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000)
}
