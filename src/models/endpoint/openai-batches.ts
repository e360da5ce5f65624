/**
 * Batches as OpenAI, Azure and Groq have them, and with words of their own Together and Mistral: a file of requests goes up, a batch is
 * made of it, and files of results come back.
 */
import { isObject, type JsonObject } from '../body/body.ts'
import type { BatchApi, BatchEnd, BatchSeen } from '../contract/batch.ts'
import { type BatchCalls, numberOf, objectIn, textOf } from './batch-calls.ts'

export type BatchFlavour = 'openai' | 'together' | 'mistral'

/** Nine tenths of what OpenAI and Together take. */
const most = { requests: 45_000, bytes: 64 * 1024 * 1024 }
const pageSize = 100

/** @param model named by Mistral for the whole batch */
export function openAiBatches(
  calls: BatchCalls,
  flavour: BatchFlavour,
  model: string,
): Omit<BatchApi, 'line'> {
  const jobs = flavour === 'mistral' ? 'batch/jobs' : 'batches'
  const purpose = flavour === 'together' ? 'batch-api' : 'batch'
  const at = (route: string): string => calls.urlOf(route)
  return {
    findsBy: flavour === 'together' ? 'input' : 'mark',
    most,
    async upload(name, lines, signal) {
      const form = multipart({ purpose }, name, lines)
      const ended = await calls.named(
        { method: 'POST', url: at(flavour === 'together' ? 'files/upload' : 'files'), ...form },
        signal,
      )
      return ended.kind === 'failed' ? ended : { kind: 'done', value: textOf(ended.value.id) }
    },
    async create({ file, route, mark, window }, signal) {
      const about =
        flavour === 'mistral'
          ? {
              input_files: [file],
              model,
              endpoint: `/v1/${route}`,
              metadata: { rowsmith: mark },
              timeout_hours: Number.parseInt(window, 10),
            }
          : {
              ...{ input_file_id: file, endpoint: `/v1/${route}`, completion_window: window },
              ...(flavour === 'together' ? {} : { metadata: { rowsmith: mark } }),
            }
      return seen(await calls.named({ method: 'POST', url: at(jobs), body: JSON.stringify(about) }, signal))
    },
    async list(since, signal) {
      const found: BatchSeen[] = []
      for (let page = 0, after = ''; ; page++) {
        const query =
          flavour === 'mistral' ? `?page=${page}&page_size=${pageSize}` : `?limit=${pageSize}${after}`
        const ended = await calls.object({ method: 'GET', url: at(`${jobs}${query}`) }, signal)
        if (ended.kind === 'failed') return ended
        const batches = (Array.isArray(ended.value.data) ? ended.value.data : []).filter(isObject).map(seenIn)
        found.push(...batches)
        const last = batches.at(-1)
        const hasMore = flavour === 'mistral' ? batches.length === pageSize : ended.value.has_more === true
        if (!hasMore || last === undefined || last.createdAt < since) return { kind: 'done', value: found }
        after = `&after=${encodeURIComponent(last.id)}`
      }
    },
    get: async (id, signal) => seen(await calls.named({ method: 'GET', url: at(`${jobs}/${id}`) }, signal)),
    async results(batch, kindOf, take, signal) {
      for (const file of batch.results) {
        const ended = await calls.lines(
          { method: 'GET', url: at(`files/${file}/content`) },
          (line) => {
            const { custom_id, response, error } = objectIn(line)
            const customId = textOf(custom_id)
            if (isObject(response)) {
              const status = numberOf(response.status_code) ?? 200
              take(calls.judge(customId, kindOf(customId), status, response.body))
            } else if (isUnpaid(error)) take({ customId, attempt: { kind: 'unpaid' } })
            else take(calls.judge(customId, kindOf(customId), 500, { error }))
          },
          signal,
        )
        if (ended.kind === 'failed') return ended
      }
      return { kind: 'done', value: null }
    },
    async cancel(id, signal) {
      const ended = await calls.object(
        { method: 'POST', url: at(`${jobs}/${id}/cancel`), body: '{}' },
        signal,
      )
      return ended.kind === 'failed' ? ended : { kind: 'done', value: null }
    },
    async forget({ input, results }, signal) {
      const files = [...(input === null ? [] : [input]), ...results]
      for (const file of files) await calls.object({ method: 'DELETE', url: at(`files/${file}`) }, signal)
    },
  }
}

function isUnpaid(error: unknown): boolean {
  return isObject(error) && /expired|cancell?ed/.test(textOf(error.code))
}

function seen(ended: BatchEnd<JsonObject>): BatchEnd<BatchSeen> {
  if (ended.kind === 'failed') return ended
  return { kind: 'done', value: seenIn(ended.value) }
}

const failedWords = new Set(['failed'])
const endedWords = new Set(['completed', 'expired', 'cancelled', 'success', 'timeout_exceeded'])

function seenIn(batch: JsonObject): BatchSeen {
  const word = textOf(batch.status).toLowerCase()
  const [input] = Array.isArray(batch.input_files) ? batch.input_files : [batch.input_file_id]
  const counts = isObject(batch.request_counts) ? batch.request_counts : {}
  const why = failedWords.has(word) ? reasonIn(batch) : null
  return {
    id: textOf(batch.id),
    mark: isObject(batch.metadata) ? textOf(batch.metadata.rowsmith) || null : null,
    input: typeof input === 'string' ? input : null,
    createdAt: momentOf(batch.created_at),
    count: numberOf(counts.total ?? batch.total_requests),
    answered: numberOf(counts.completed ?? batch.completed_requests),
    state: failedWords.has(word) ? 'failed' : endedWords.has(word) ? 'ended' : 'working',
    word,
    why,
    overQuota: why !== null && /token_limit_exceeded|enqueued|quota/i.test(why),
    results: [batch.output_file_id ?? batch.output_file, batch.error_file_id ?? batch.error_file].filter(
      (file) => typeof file === 'string',
    ),
  }
}

function reasonIn({ errors, error }: JsonObject): string {
  const list =
    isObject(errors) && Array.isArray(errors.data) ? errors.data : Array.isArray(errors) ? errors : [error]
  return list
    .map((each) =>
      isObject(each)
        ? [textOf(each.code), textOf(each.message)].filter((text) => text !== '').join(': ')
        : textOf(each),
    )
    .filter((text) => text !== '')
    .slice(0, 3)
    .join('; ')
}

/** Seconds, or a date as text. */
function momentOf(value: unknown): number {
  if (typeof value === 'string' && !/^\d+$/.test(value)) return Date.parse(value)
  return 1000 * (numberOf(value) ?? 0)
}

/** A form with one file. */
function multipart(fields: Readonly<Record<string, string>>, name: string, bytes: Uint8Array) {
  const boundary = '----rowsmith-5f1c2e9b7a'
  const head = Object.entries(fields)
    .map(
      ([field, value]) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
    )
    .join('')
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: application/jsonl\r\n\r\n`
  const body = Buffer.concat([Buffer.from(head + file), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)])
  return { body, contentType: `multipart/form-data; boundary=${boundary}` }
}
