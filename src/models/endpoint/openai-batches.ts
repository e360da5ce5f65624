/**
 * Batches as OpenAI, Azure and Groq have them, and with words of their own Together and Mistral: a file of requests goes up, a batch is
 * made of it, and files of results come back.
 */
import { isObject, type JsonObject } from '../body/body.ts'
import type { BatchApi, BatchEnd, BatchKind, BatchResult, BatchSeen } from '../contract/batch.ts'
import type { BatchLines } from '../contract/batch-lines.ts'
import { type BatchCalls, numberOf, objectIn, textOf } from './batch-calls.ts'

export type BatchFlavour = 'openai' | 'azure' | 'groq' | 'together' | 'mistral'

/** Nine tenths of what OpenAI and Together take. */
const most = { requests: 45_000, bytes: 64 * 1024 * 1024 }
const pageSize = 100

/** The words of one vendor. */
interface Words {
  readonly jobs: string
  readonly files: string
  readonly purpose: string
  /** Where a request of a route goes, in its line and in the create. */
  urlOf(route: string): string
  /** The body of a create. */
  creation(input: Parameters<BatchApi['create']>[0]): object
  readonly firstPage: string
  /** The page after these batches; undefined after the last one. */
  next(page: number, batches: readonly BatchSeen[], answer: JsonObject): string | undefined
}

const openAi: Words = {
  jobs: 'batches',
  files: 'files',
  purpose: 'batch',
  urlOf: (route) => `/v1/${route}`,
  creation: ({ file, route, mark, window }) => ({
    ...{ input_file_id: file, endpoint: `/v1/${route}`, completion_window: window },
    metadata: { rowsmith: mark },
  }),
  firstPage: `?limit=${pageSize}`,
  next: (_, batches, { has_more: hasMore }) => {
    const last = batches.at(-1)
    if (hasMore !== true || last === undefined) return undefined
    return `?limit=${pageSize}&after=${encodeURIComponent(last.id)}`
  },
}

/** Names routes without a version. */
const azure: Words = {
  ...openAi,
  urlOf: (route) => `/${route}`,
  creation: (input) => ({ ...openAi.creation(input), endpoint: `/${input.route}` }),
}

/** Counts windows of several days in days. */
const groq: Words = {
  ...openAi,
  creation: (input) => {
    const hours = Number.parseInt(input.window, 10)
    const window = hours > 24 && hours % 24 === 0 ? `${hours / 24}d` : input.window
    return openAi.creation({ ...input, window })
  },
}

/** Stores no mark, and lists all at once. */
const together: Words = {
  ...openAi,
  files: 'files/upload',
  purpose: 'batch-api',
  creation: ({ file, route, window }) => ({
    ...{ input_file_id: file, endpoint: `/v1/${route}`, completion_window: window },
  }),
}

/** @param model named for the whole batch */
function mistral(model: string): Words {
  return {
    ...openAi,
    jobs: 'batch/jobs',
    creation: ({ file, route, mark, window }) => ({
      ...{ input_files: [file], model, endpoint: `/v1/${route}` },
      ...{ metadata: { rowsmith: mark }, timeout_hours: Number.parseInt(window, 10) },
    }),
    firstPage: `?page=0&page_size=${pageSize}`,
    next: (page, batches) =>
      batches.length < pageSize ? undefined : `?page=${page + 1}&page_size=${pageSize}`,
  }
}

function wordsOf(flavour: BatchFlavour, model: string): Words {
  return { openai: openAi, azure, groq, together, mistral: mistral(model) }[flavour]
}

/** A request as a line of a file. */
export function openAiLine(flavour: BatchFlavour, customId: string, route: string, body: string): string {
  const url = JSON.stringify(wordsOf(flavour, '').urlOf(route))
  return `{"custom_id":${JSON.stringify(customId)},"method":"POST","url":${url},"body":${body}}`
}

export function openAiBatches(
  calls: BatchCalls,
  flavour: BatchFlavour,
  model: string,
): Omit<BatchApi, 'line'> {
  const words = wordsOf(flavour, model)
  const jobs = (route: string): string => calls.urlOf(`${words.jobs}${route}`)
  const file = (id: string): string => calls.urlOf(`files/${id}`)
  return {
    findsBy: flavour === 'together' ? 'input' : 'mark',
    most,
    async upload(name, lines, signal) {
      const form = multipart({ purpose: words.purpose }, name, lines)
      const ended = await calls.named({ method: 'POST', url: calls.urlOf(words.files), ...form }, signal)
      return ended.kind === 'failed' ? ended : { kind: 'done', value: textOf(ended.value.id) }
    },
    async create(input, signal) {
      const body = JSON.stringify(words.creation(input))
      return seen(await calls.named({ method: 'POST', url: jobs(''), body }, signal))
    },
    async list(since, signal) {
      const found: BatchSeen[] = []
      let query: string | undefined = words.firstPage
      for (let page = 0; query !== undefined; page++) {
        const ended: BatchEnd<JsonObject> = await calls.object({ method: 'GET', url: jobs(query) }, signal)
        if (ended.kind === 'failed') return ended
        const batches = (Array.isArray(ended.value.data) ? ended.value.data : []).filter(isObject).map(seenIn)
        found.push(...batches)
        const isOlder = (batches.at(-1)?.createdAt ?? 0) < since
        query = isOlder ? undefined : words.next(page, batches, ended.value)
      }
      return { kind: 'done', value: found }
    },
    get: async (id, signal) => seen(await calls.named({ method: 'GET', url: jobs(`/${id}`) }, signal)),
    async results(batch, kindOf, take, signal) {
      for (const id of batch.results) {
        const line = (text: string) => take(resultIn(text, calls, kindOf))
        const ended = await calls.lines({ method: 'GET', url: `${file(id)}/content` }, line, signal)
        if (ended.kind === 'failed') return ended
      }
      return { kind: 'done', value: null }
    },
    async cancel(id, signal) {
      const ended = await calls.object({ method: 'POST', url: jobs(`/${id}/cancel`), body: '{}' }, signal)
      return ended.kind === 'failed' ? ended : { kind: 'done', value: null }
    },
    async forget({ input, results }, signal) {
      for (const id of [...(input === null ? [] : [input]), ...results])
        await calls.object({ method: 'DELETE', url: file(id) }, signal)
    },
  }
}

function resultIn(text: string, calls: BatchCalls, kindOf: (customId: string) => BatchKind): BatchResult {
  const { custom_id, response, error } = objectIn(text)
  const customId = textOf(custom_id)
  if (isObject(response)) {
    const status = numberOf(response.status_code) ?? 200
    return calls.judge(customId, kindOf(customId), status, response.body)
  }
  if (isUnpaid(error)) return { customId, attempt: { kind: 'unpaid' } }
  return calls.judge(customId, kindOf(customId), 500, { error })
}

function isUnpaid(error: unknown): boolean {
  return isObject(error) && /expired|cancell?ed/.test(textOf(error.code))
}

function seen(ended: BatchEnd<JsonObject>): BatchEnd<BatchSeen> {
  if (ended.kind === 'failed') return ended
  return { kind: 'done', value: seenIn(ended.value) }
}

const failedWords = new Set(['failed'])
const wholeWords = new Set(['completed', 'success'])
const endedWords = new Set([...wholeWords, 'expired', 'cancelled', 'canceled', 'timeout_exceeded'])

function seenIn(batch: JsonObject): BatchSeen {
  const word = textOf(batch.status).toLowerCase()
  const [input] = Array.isArray(batch.input_files) ? batch.input_files : [batch.input_file_id]
  const counts = isObject(batch.request_counts) ? batch.request_counts : {}
  // An empty name is no file.
  const results = [batch.output_file_id ?? batch.output_file, batch.error_file_id ?? batch.error_file].filter(
    (file) => typeof file === 'string' && file !== '',
  ) as string[]
  // One that failed halfway has what was answered before.
  const isFailed = failedWords.has(word) && results.length === 0
  const why = isFailed ? reasonIn(batch) : null
  return {
    id: textOf(batch.id),
    mark: isObject(batch.metadata) ? textOf(batch.metadata.rowsmith) || null : null,
    input: typeof input === 'string' ? input : null,
    createdAt: momentOf(batch.created_at),
    count: numberOf(counts.total ?? batch.total_requests),
    answered: numberOf(counts.completed ?? batch.completed_requests),
    state: isFailed ? 'failed' : failedWords.has(word) || endedWords.has(word) ? 'ended' : 'working',
    isWhole: wholeWords.has(word),
    word,
    why,
    overQuota: why !== null && /token_limit_exceeded|enqueued|quota/i.test(why),
    results,
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
function multipart(fields: Readonly<Record<string, string>>, name: string, lines: BatchLines) {
  const boundary = '----rowsmith-5f1c2e9b7a'
  const head = Object.entries(fields)
    .map(
      ([field, value]) =>
        `--${boundary}\r\ncontent-disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
    )
    .join('')
  const file = `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\ncontent-type: application/jsonl\r\n\r\n`
  const body = lines.between(head + file, `\r\n--${boundary}--\r\n`)
  return { body, contentType: `multipart/form-data; boundary=${boundary}` }
}
