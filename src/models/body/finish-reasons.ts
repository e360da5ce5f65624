/**
 * How answers end: one table from the words of all providers. docs/providers.md shows it, and a test compares the two.
 *
 * Rules:
 *   1. Only a complete answer is a value. A cut one fails with `truncated`, a filtered one with `content_filtered`.
 *   2. One that broke off is requested again, like a lost connection. Example: `abort` of SGLang.
 *   3. A word that is not in the table is judged by its parts, where they say enough. Example: `max_new_tokens` is truncated.
 *   4. Every other word is unknown: the answer counts, and a warning says how many ended so.
 *   5. Upper and lower case, `-`, `_` and spaces do not count. Example: `END_TURN` and `endTurn` are `end_turn`.
 */

export type AnswerEnd = 'complete' | 'truncated' | 'filtered' | 'interrupted' | 'tool_call' | 'unknown'

/** Words by how an answer ended, and who says them. */
export const finishReasons: readonly {
  readonly end: Exclude<AnswerEnd, 'unknown'>
  readonly words: readonly string[]
  readonly names: string
}[] = [
  { end: 'complete', words: ['stop'], names: 'OpenAI and its format, Gemini, Ollama' },
  { end: 'complete', words: ['end_turn', 'stop_sequence'], names: 'Anthropic, Bedrock' },
  { end: 'complete', words: ['completed'], names: 'OpenAI responses' },
  { end: 'complete', words: ['complete'], names: 'Cohere' },
  { end: 'complete', words: ['eos', 'eos_token', 'endoftext'], names: 'Together, TGI, watsonx, AI21' },
  {
    end: 'complete',
    words: ['finish', 'finished', 'done', 'normal', 'end'],
    names: 'Titan, ERNIE, proxies',
  },
  { end: 'tool_call', words: ['tool_calls', 'function_call'], names: 'OpenAI and its format' },
  { end: 'tool_call', words: ['tool_use'], names: 'Anthropic, Bedrock' },
  { end: 'tool_call', words: ['tool_call'], names: 'Cohere' },
  { end: 'truncated', words: ['length'], names: 'OpenAI and its format, Ollama' },
  { end: 'truncated', words: ['max_tokens'], names: 'Anthropic, Gemini, Cohere, Bedrock' },
  { end: 'truncated', words: ['max_output_tokens', 'max_completion_tokens'], names: 'OpenAI responses' },
  { end: 'truncated', words: ['model_length'], names: 'Mistral' },
  { end: 'truncated', words: ['model_context_window_exceeded'], names: 'Anthropic, z.ai, Bedrock' },
  {
    end: 'truncated',
    words: ['context_length_exceeded', 'context_window', 'context', 'max_length', 'max_len'],
    names: 'Reka, xAI, proxies',
  },
  { end: 'truncated', words: ['token_limit', 'error_limit', 'limit'], names: 'watsonx, Cohere' },
  { end: 'filtered', words: ['content_filter'], names: 'OpenAI, Azure, DeepSeek, OpenRouter' },
  { end: 'filtered', words: ['refusal'], names: 'Anthropic' },
  { end: 'filtered', words: ['sensitive'], names: 'z.ai, Hunyuan' },
  {
    end: 'filtered',
    words: ['safety', 'recitation', 'language', 'blocklist', 'prohibited_content', 'spii', 'model_armor'],
    names: 'Gemini',
  },
  {
    end: 'filtered',
    words: ['image_safety', 'image_prohibited_content', 'image_recitation'],
    names: 'Gemini',
  },
  { end: 'filtered', words: ['content_filtered', 'guardrail_intervened'], names: 'Bedrock' },
  { end: 'filtered', words: ['error_toxic'], names: 'Cohere' },
  { end: 'filtered', words: ['blocked', 'flagged', 'moderation', 'content_policy'], names: 'proxies' },
  { end: 'interrupted', words: ['error'], names: 'OpenRouter, Mistral, Cohere, vLLM' },
  { end: 'interrupted', words: ['abort', 'aborted', 'repetition'], names: 'SGLang, vLLM' },
  { end: 'interrupted', words: ['insufficient_system_resource'], names: 'DeepSeek' },
  { end: 'interrupted', words: ['network_error'], names: 'z.ai' },
  {
    end: 'interrupted',
    words: ['malformed_function_call', 'unexpected_tool_call', 'too_many_tool_calls', 'malformed_response'],
    names: 'Gemini',
  },
  { end: 'interrupted', words: ['missing_thought_signature', 'no_image', 'image_other'], names: 'Gemini' },
  { end: 'interrupted', words: ['malformed_model_output', 'malformed_tool_use'], names: 'Bedrock' },
  { end: 'interrupted', words: ['pause_turn', 'compaction'], names: 'Anthropic' },
  { end: 'interrupted', words: ['load', 'unload'], names: 'Ollama' },
  {
    end: 'interrupted',
    words: ['failed', 'incomplete', 'in_progress', 'queued'],
    names: 'OpenAI responses',
  },
  {
    end: 'interrupted',
    words: ['cancelled', 'canceled', 'user_cancel', 'not_finished', 'time_limit', 'timeout'],
    names: 'watsonx, Cohere, TensorRT-LLM',
  },
  {
    end: 'interrupted',
    words: ['server_error', 'internal_error', 'engine_error', 'overloaded', 'interrupted', 'disconnect'],
    names: 'proxies',
  },
]

const ends: ReadonlyMap<string, AnswerEnd> = new Map(
  finishReasons.flatMap(({ end, words }) => words.map((word) => [word, end] as const)),
)

/** How parts of words begin, for words that the table lacks: the first line that fits decides. docs/providers.md shows them. */
export const reasonParts: readonly {
  readonly end: Exclude<AnswerEnd, 'unknown' | 'complete'>
  readonly parts: readonly string[]
}[] = [
  {
    end: 'filtered',
    parts: ['filter', 'safety', 'sensitive', 'moderat', 'policy', 'block', 'guardrail', 'prohibit', 'refus'],
  },
  { end: 'filtered', parts: ['censor', 'toxic', 'risk', 'recitation', 'flagged', 'harm', 'violat'] },
  { end: 'filtered', parts: ['inappropriate', 'nsfw', 'unsafe', 'illegal', 'profan', 'jailbreak'] },
  {
    end: 'interrupted',
    parts: [
      'error',
      'fail',
      'abort',
      'cancel',
      'time',
      'deadline',
      'unavailable',
      'overload',
      'connect',
      'disconnect',
    ],
  },
  {
    end: 'interrupted',
    parts: [
      'interrupt',
      'preempt',
      'kill',
      'evict',
      'shutdown',
      'resource',
      'insufficient',
      'rate',
      'malformed',
    ],
  },
  { end: 'interrupted', parts: ['crash', 'oom', 'dropped', 'partial', 'lost', 'killed', 'broken'] },
  { end: 'truncated', parts: ['length', 'max', 'limit', 'truncat', 'window', 'context', 'out_of_tokens'] },
  { end: 'truncated', parts: ['cut_off', 'cutoff', 'budget', 'exceeded_tokens', 'token_budget'] },
  { end: 'tool_call', parts: ['tool', 'function'] },
]

/** An answer is complete only where nothing else is said. Example: `end_of_sequence`, and not `stopped_by_user`. */
const completeOnly =
  /^(?:(?:stop|stopped|end|ended|eos|eot|eog|of|turn|text|sequence|seq|string|str|words?|tokens?|hit|criteria|met|finish|finished|reason|natural|normal|success|successful|succeeded|complete|completed|completion|ok|id)_?)+$/

function endByParts(word: string): AnswerEnd {
  // Small words alone say nothing.
  if (completeOnly.test(word) && /stop|end|eo[stg]|finish|success|succeed|complet|^ok$/.test(word))
    return 'complete'
  const begins = (part: string) => `_${word}`.includes(`_${part}`)
  return reasonParts.find(({ parts }) => parts.some(begins))?.end ?? 'unknown'
}

/** What stands for all words of one kind, in `inspect` and for `retry --finish-reason`. */
const canonical: { readonly [End in AnswerEnd]?: string } = {
  complete: 'stop',
  truncated: 'length',
  filtered: 'content_filter',
  tool_call: 'tool_calls',
}

/**
 * A finish reason as it is reported: `stop`, `length`, `content_filter`, `tool_calls`, or the provider's own word in lower case.
 *
 * @param given a word, or an object that says it in `type` or `reason`
 * @returns null where the provider said nothing: null, `""` or `"null"`
 */
export function finishReasonOf(given: unknown): string | null {
  if (typeof given === 'object' && given !== null) {
    const { type, reason } = given as { readonly type?: unknown; readonly reason?: unknown }
    return typeof (type ?? reason) === 'string' ? finishReasonOf(type ?? reason) : null
  }
  if (typeof given !== 'string') return null
  const end = ends.get(given)
  if (end !== undefined) return canonical[end] ?? given
  const word = given
    .toWellFormed()
    .trim()
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
    .replace(/^(?:finish_?reason|stop_?reason)[_.]/, '')
  if (word === '' || word === 'null' || word === 'none') return null
  // `content_filter: RECITATION`, as Gemini's OpenAI format has it. A word without a reason is the least that is said.
  const parts = word.split(/_?:_?/).filter((part) => part !== '')
  const known = parts.find((part) => ends.has(part) && part !== 'incomplete') ?? parts.at(-1) ?? word
  return canonical[endOf(known)] ?? (ends.has(known) ? known : word)
}

/** @param finishReason as `finishReasonOf` gives it */
export function endOf(finishReason: string | null): AnswerEnd {
  if (finishReason === null) return 'unknown'
  return ends.get(finishReason) ?? endByParts(finishReason)
}
