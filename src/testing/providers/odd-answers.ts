/**
 * How real servers answer with a success that is none, or hardly one, as data: what a client gets, and what becomes of it. The
 * wordings are those of public bug reports, with made-up names.
 */
import type { OddAnswer } from './odd-answer.ts'
import { oddFramings, oddMessages } from './odd-shapes.ts'

const cut = 'The beginning of an answ'

function completion(content: unknown, finish_reason: unknown = 'stop', more: object = {}): object {
  return {
    choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason, ...more }],
    usage: { prompt_tokens: 3, completion_tokens: 5 },
  }
}

function message(content: readonly object[], stop_reason: string | null): object {
  return {
    type: 'message',
    role: 'assistant',
    content,
    stop_reason,
    usage: { input_tokens: 3, output_tokens: 5 },
  }
}

function candidate(parts: readonly object[] | undefined, finishReason: string | undefined): object {
  return { candidates: [{ content: parts === undefined ? {} : { role: 'model', parts }, finishReason }] }
}

function response(status: string, output: readonly object[], more: object = {}): object {
  return { id: 'resp_1', object: 'response', status, error: null, output, ...more }
}

const said = (text: string, type = 'output_text') => ({
  type: 'message',
  role: 'assistant',
  content: [{ type, text }],
})

function chunk(content: unknown, finish_reason: unknown = null): object {
  return {
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: content === null ? {} : { content }, finish_reason }],
  }
}

/** The formats of OpenAI's chat completions, and all who speak it. */
const openAiFormat: readonly OddAnswer[] = [
  {
    from: 'Azure: its filter cut the answer',
    body: completion(cut, 'content_filter'),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'OpenAI: a refusal',
    body: { choices: [{ message: { content: null, refusal: 'No.' }, finish_reason: 'stop' }] },
    expected: { row: 'content_filtered' },
  },
  {
    from: 'OpenRouter: the upstream died',
    body: completion(cut, 'error', { error: { code: 502, message: 'Upstream died' } }),
    expected: { again: 'server_error' },
  },
  {
    from: 'OpenRouter: an error next to a good reason',
    body: completion(cut, 'stop', { error: { code: 502, message: 'Upstream died' } }),
    expected: { again: 'server_error' },
  },
  {
    from: 'OpenRouter: too often, in the choice',
    body: completion('', null, { error: { code: 429, message: 'Rate limit exceeded' } }),
    expected: { again: 'rate_limited' },
  },
  {
    from: 'OpenRouter: an error as a text',
    body: completion(cut, 'stop', { error: 'Upstream died' }),
    expected: { again: 'server_error' },
  },
  {
    from: 'DeepSeek: out of resources',
    body: completion(cut, 'insufficient_system_resource'),
    expected: { again: 'server_error' },
  },
  { from: 'SGLang: aborted', body: completion(cut, 'abort'), expected: { again: 'server_error' } },
  { from: 'vLLM: an error', body: completion(cut, 'error'), expected: { again: 'server_error' } },
  { from: 'z.ai: the network', body: completion(cut, 'network_error'), expected: { again: 'server_error' } },
  { from: 'z.ai: sensitive', body: completion(cut, 'sensitive'), expected: { row: 'content_filtered' } },
  {
    from: 'z.ai: the window is full',
    body: completion(cut, 'model_context_window_exceeded'),
    expected: { row: 'truncated' },
  },
  {
    from: 'Mistral: the window is full',
    body: completion(cut, 'model_length'),
    expected: { row: 'truncated' },
  },
  {
    from: 'a proxy of Cohere: in capitals',
    body: completion(cut, 'MAX_TOKENS'),
    expected: { row: 'truncated' },
  },
  {
    from: 'a proxy of Cohere: complete',
    body: completion('Yes', 'COMPLETE'),
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: 'TGI: the token of the end',
    body: completion('Yes', 'eos_token'),
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: "Gemini's OpenAI format: filtered",
    body: completion(cut, 'content_filter: RECITATION'),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'an unknown word',
    body: completion('Yes', 'brand_new'),
    expected: { value: 'Yes', finishReason: 'brand_new' },
  },
  {
    from: 'a server that gives no reason',
    body: completion('Yes', null),
    expected: { value: 'Yes', finishReason: null },
  },
  {
    from: 'a server whose reason is empty',
    body: completion('Yes', ''),
    expected: { value: 'Yes', finishReason: null },
  },
  { from: 'nothing but an end', body: completion('', 'stop'), expected: { row: 'empty_reply' } },
  {
    from: 'LM Studio: thoughts alone',
    body: { choices: [{ message: { content: '', reasoning_content: 'hm' }, finish_reason: 'stop' }] },
    expected: { row: 'empty_reply' },
  },
  {
    from: 'DeepSeek R1 without a parser',
    body: completion('<think>\nhm\n</think>\n\nYes'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'Qwen 3, whose template opens the tag',
    body: completion('hm\n</think>\n\nYes'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'thoughts that never end',
    body: completion('<think>\nhm ```json\n{"a":1}\n```'),
    expected: { row: 'empty_reply' },
  },
  {
    from: 'thoughts that were cut off',
    body: completion('<think>\nhm', 'length'),
    expected: { row: 'truncated' },
  },
  {
    from: 'Magistral: parts',
    body: completion([
      { type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] },
      { type: 'text', text: 'Yes' },
    ]),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'Magistral: tags',
    body: completion('[THINK]hm[/THINK]Yes'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'gpt-oss without a parser',
    body: completion(
      '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>Yes',
    ),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  ...['max_new_tokens', 'outOfTokens', 'length_limit', 'FinishReason.MAX_TOKENS'].map(
    (reason): OddAnswer => ({ from: reason, body: completion(cut, reason), expected: { row: 'truncated' } }),
  ),
  ...['contentFilter', 'policy_violation', 'moderated', 'blocked_by_safety'].map(
    (reason): OddAnswer => ({
      from: reason,
      body: completion(cut, reason),
      expected: { row: 'content_filtered' },
    }),
  ),
  ...['deadline_exceeded', 'provider_error', 'ServiceUnavailable', 'rate-limit', 'preempted'].map(
    (reason): OddAnswer => ({
      from: reason,
      body: completion(cut, reason),
      expected: { again: 'server_error' },
    }),
  ),
  {
    from: 'OpenRouter: stop, where the provider behind it says more',
    body: completion(cut, 'stop', { native_finish_reason: 'MAX_TOKENS' }),
    expected: { row: 'truncated' },
  },
  {
    from: 'OpenRouter: the same end in two words',
    body: completion('Yes', 'stop', { native_finish_reason: 'end_turn' }),
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: 'a proxy that writes finishReason',
    body: { choices: [{ message: { content: cut }, finishReason: 'length' }] },
    expected: { row: 'truncated' },
  },
  {
    from: 'a gateway: an error next to whole choices',
    body: { ...completion(cut), error: { code: 502, message: 'Upstream died' } },
    expected: { again: 'server_error' },
  },
  {
    from: 'a gateway: an error that says nothing',
    body: { ...completion('Yes', 'stop', { error: {} }), error: {} },
    expected: { value: 'Yes' },
  },
  { from: 'one block', body: completion({ type: 'text', text: 'Yes' }), expected: { value: 'Yes' } },
  {
    from: 'a reasoning object',
    body: {
      choices: [{ message: { content: 'Yes', reasoning: { content: 'hm' } }, finish_reason: 'stop' }],
    },
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'invisible white space',
    body: completion('\u200b\ufeff \n'),
    expected: { row: 'empty_reply' },
  },
  { from: 'a mark of the template alone', body: completion('<|im_end|>'), expected: { row: 'empty_reply' } },
  { from: 'a mark of the template', body: completion('Yes<|im_end|>'), expected: { value: 'Yes' } },
  { from: 'HTML that ends in </s>', body: completion('<s>No</s>'), expected: { value: '<s>No</s>' } },
  {
    from: 'OpenThinker',
    body: completion('<|begin_of_thought|>hm<|end_of_thought|><|begin_of_solution|>Yes<|end_of_solution|>'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'gpt-oss with a constrained channel',
    body: completion(
      '<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final <|constrain|>json<|message|>{"a":1}',
    ),
    expected: { value: '{"a":1}', reasoning: 'hm' },
  },
  {
    from: 'thoughts within thoughts',
    body: completion('<think>hm<think>deeper</think></think>Yes'),
    expected: { value: 'Yes' },
  },
  {
    from: 'thoughts that the prompt requested',
    body: completion('<scratchpad>hm</scratchpad><answer>Yes</answer>'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'a call of a tool that was not offered',
    body: {
      choices: [
        {
          message: {
            content: 'Let me see',
            tool_calls: [{ id: 'c', function: { name: 'f', arguments: '{}' } }],
          },
          finish_reason: 'tool_calls',
        },
      ],
    },
    expected: { row: 'empty_reply' },
  },
]

const openAiStreams: readonly OddAnswer[] = [
  {
    from: 'SGLang: an empty reason in every piece',
    body: [chunk('Y', ''), chunk('es', ''), chunk(null, 'stop'), '[DONE]'],
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: 'Ollama: "null" in every piece',
    body: [chunk('Y', 'null'), chunk('es', 'null'), chunk(null, 'stop')],
    expected: { value: 'Yes' },
  },
  {
    from: 'empty reasons, and an end in the middle',
    body: [chunk('Hello ', ''), chunk('al', '')],
    expected: { again: 'connection_failed' },
  },
  {
    from: 'no reason, and an end in the middle',
    body: [chunk('Hello '), chunk('al')],
    expected: { again: 'connection_failed' },
  },
  {
    from: "Gemini's OpenAI format: [DONE] without a reason",
    body: [chunk('Y'), chunk('es'), '[DONE]'],
    expected: { value: 'Yes', finishReason: null },
  },
  {
    from: 'a reason in the first piece, none later',
    body: [chunk('Y', 'stop'), chunk('es', '')],
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: 'texts and lists in turn',
    body: [
      chunk([{ type: 'text', text: 'Hello ' }]),
      chunk('dear '),
      chunk([{ type: 'text', text: 'all.' }]),
      chunk(null, 'stop'),
    ],
    expected: { value: 'Hello dear all.' },
  },
  {
    from: 'a text, then lists',
    body: [chunk('Hello '), chunk([{ type: 'text', text: 'all.' }]), chunk('', 'stop')],
    expected: { value: 'Hello all.' },
  },
  {
    from: 'a part that is in no list',
    body: [chunk('Hello '), chunk({ type: 'text', text: 'x' }), chunk(null, 'stop')],
    expected: { value: 'Hello x' },
  },
  {
    from: 'Magistral: parts',
    body: [
      chunk([{ type: 'thinking', thinking: [{ type: 'text', text: 'h' }] }]),
      chunk([{ type: 'thinking', thinking: [{ type: 'text', text: 'm' }] }]),
      chunk('Yes'),
      chunk(null, 'stop'),
    ],
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'OpenRouter: an error in a choice',
    body: [
      chunk('Hello '),
      {
        choices: [
          { index: 0, delta: {}, finish_reason: 'error', error: { code: 502, message: 'Upstream died' } },
        ],
      },
      '[DONE]',
    ],
    expected: { again: 'server_error' },
  },
  {
    from: 'an error as a text',
    body: [chunk('Hello '), { error: 'Upstream died' }, '[DONE]'],
    expected: { again: 'server_error' },
  },
  {
    from: 'a reason that says error',
    body: [chunk('Hello '), chunk(null, 'error'), '[DONE]'],
    expected: { again: 'server_error' },
  },
  ...[
    { object: 'error', message: 'It died.', code: 500 },
    { code: 500, message: 'It died.' },
    'event: error\ndata: {"message": "It died."}',
    'event: error\ndata: It died.',
    'error: {"code": 500, "message": "It died."}',
  ].map(
    (event): OddAnswer => ({
      from: `an error in the middle: ${typeof event === 'string' ? event : JSON.stringify(event)}`,
      body: `data: ${JSON.stringify(chunk('Hello '))}\n\n${typeof event === 'string' ? event : `data: ${JSON.stringify(event)}`}\n\ndata: [DONE]\n\n`,
      headers: { 'content-type': 'text/event-stream' },
      expected: { again: 'server_error' },
    }),
  ),
  {
    from: 'events without an empty line between',
    body: `data: ${JSON.stringify(chunk('Y'))}\ndata: ${JSON.stringify(chunk('es', 'stop'))}\ndata: [DONE]\n`,
    headers: { 'content-type': 'text/event-stream' },
    expected: { value: 'Yes' },
  },
  {
    from: 'a whole answer that is called a stream',
    body: JSON.stringify(completion('Yes')),
    headers: { 'content-type': 'text/event-stream' },
    expected: { value: 'Yes' },
  },
  {
    from: 'an error that is called a stream',
    body: '{"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}',
    headers: { 'content-type': 'text/event-stream' },
    expected: { again: 'rate_limited' },
  },
  {
    from: 'a message in place of pieces',
    body: [completion('Yes'), '[DONE]'],
    expected: { value: 'Yes' },
  },
  {
    from: 'the whole message at the end',
    body: [chunk('Ye'), completion('Yes'), '[DONE]'],
    expected: { value: 'Yes' },
  },
  {
    from: 'OpenRouter: the provider behind it says more',
    body: [
      chunk(cut),
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop', native_finish_reason: 'MAX_TOKENS' }] },
    ],
    expected: { row: 'truncated' },
  },
  {
    from: 'a filter in the middle',
    body: [chunk('Hello '), chunk(null, 'content_filter'), '[DONE]'],
    expected: { row: 'content_filtered' },
  },
]

const anthropic: readonly OddAnswer[] = [
  {
    from: 'a proxy that leaves the last event out',
    body: [
      { type: 'message_start', message: message([], null) },
      { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'Hello' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: null },
    ],
    expected: { value: 'Hello' },
  },
  {
    from: 'a refusal in the middle',
    body: message([{ type: 'text', text: cut }], 'refusal'),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'the window is full',
    body: message([{ type: 'text', text: cut }], 'model_context_window_exceeded'),
    expected: { row: 'truncated' },
  },
  {
    from: 'a pause behind a summary of the conversation',
    body: message([{ type: 'text', text: 'The conversation so far' }], 'compaction'),
    expected: { again: 'server_error' },
  },
  {
    from: 'a turn that pauses',
    body: message([{ type: 'text', text: cut }], 'pause_turn'),
    expected: { again: 'server_error' },
  },
  { from: 'no content', body: message([], 'end_turn'), expected: { row: 'empty_reply' } },
  {
    from: 'thoughts alone',
    body: message([{ type: 'thinking', thinking: 'hm', signature: 'x' }], 'end_turn'),
    expected: { row: 'empty_reply' },
  },
  {
    from: 'Bedrock: a guardrail',
    body: message([{ type: 'text', text: cut }], 'guardrail_intervened'),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'an error next to an end',
    body: { ...message([{ type: 'text', text: cut }], 'end_turn'), error: { message: 'It died.' } },
    expected: { again: 'server_error' },
  },
  {
    from: 'a proxy: content as a text, without a type',
    body: { role: 'assistant', content: 'Yes', stop_reason: 'end_turn' },
    expected: { value: 'Yes', finishReason: 'stop' },
  },
  {
    from: 'a stream with a bare error',
    body: [
      { type: 'message_start', message: message([], null) },
      { error: { message: 'It died.' } },
      { type: 'message_stop' },
    ],
    expected: { again: 'server_error' },
  },
  {
    from: 'a stream with a piece of a block that nothing began',
    body: [
      { type: 'message_start', message: message([], null) },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Yes' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } },
      { type: 'message_stop' },
    ],
    expected: { value: 'Yes' },
  },
  {
    from: 'thoughts in tags',
    body: message([{ type: 'text', text: '<thinking>hm</thinking>Yes' }], 'end_turn'),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
]

const gemini: readonly OddAnswer[] = [
  {
    from: 'Vertex in its other spelling',
    body: {
      candidates: [{ content: { parts: [{ text: 'Hello' }] }, finish_reason: 'STOP' }],
      usage_metadata: { prompt_token_count: 3, candidates_token_count: 5 },
    },
    expected: { value: 'Hello' },
  },
  {
    from: 'a list of pieces in place of events',
    body: JSON.stringify([
      { candidates: [{ content: { parts: [{ text: 'Hel' }] } }] },
      { candidates: [{ content: { parts: [{ text: 'lo' }] }, finishReason: 'STOP' }] },
    ]),
    expected: { value: 'Hello' },
  },
  ...['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII'].map(
    (reason): OddAnswer => ({
      from: reason,
      body: candidate([{ text: cut }], reason),
      expected: { row: 'content_filtered' },
    }),
  ),
  {
    from: 'a blocked prompt',
    body: { promptFeedback: { blockReason: 'SAFETY' } },
    expected: { row: 'content_filtered' },
  },
  { from: 'OTHER', body: candidate([{ text: cut }], 'OTHER'), expected: { again: 'server_error' } },
  {
    from: 'MALFORMED_FUNCTION_CALL',
    body: candidate(undefined, 'MALFORMED_FUNCTION_CALL'),
    expected: { again: 'server_error' },
  },
  { from: 'MAX_TOKENS', body: candidate([{ text: cut }], 'MAX_TOKENS'), expected: { row: 'truncated' } },
  { from: 'an end without parts', body: candidate(undefined, 'STOP'), expected: { row: 'empty_reply' } },
  {
    from: 'a gateway that writes finish_reason',
    body: { candidates: [{ content: { parts: [{ text: cut }] }, finish_reason: 'MAX_TOKENS' }] },
    expected: { row: 'truncated' },
  },
  {
    from: 'a new word',
    body: candidate([{ text: 'Yes' }], 'BRAND_NEW'),
    expected: { value: 'Yes', finishReason: 'brand_new' },
  },
]

const responses: readonly OddAnswer[] = [
  {
    from: 'a gateway whose last event holds nothing of what was said before',
    body: [
      { type: 'response.output_text.delta', output_index: 0, delta: 'Hel' },
      { type: 'response.output_text.delta', output_index: 0, delta: 'lo' },
      { type: 'response.completed', response: response('completed', []) },
    ],
    expected: { value: 'Hello' },
  },
  {
    from: 'incomplete: the limit',
    body: response('incomplete', [said(cut)], { incomplete_details: { reason: 'max_output_tokens' } }),
    expected: { row: 'truncated' },
  },
  {
    from: 'incomplete: the filter',
    body: response('incomplete', [said(cut)], { incomplete_details: { reason: 'content_filter' } }),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'incomplete, and no reason',
    body: response('incomplete', [said(cut)], { incomplete_details: null }),
    expected: { again: 'server_error' },
  },
  {
    from: 'failed',
    body: response('failed', [], { error: { code: 'server_error', message: 'The model died.' } }),
    expected: { again: 'server_error' },
  },
  {
    from: 'failed: too often',
    body: response('failed', [], { error: { code: 'rate_limit_exceeded', message: 'Too fast.' } }),
    expected: { again: 'rate_limited' },
  },
  {
    from: 'completed, with an item that is not',
    body: response('completed', [{ ...said(cut), status: 'incomplete' }]),
    expected: { again: 'server_error' },
  },
  {
    from: 'completed, with an error',
    body: response('completed', [said(cut)], { error: { code: 'server_error', message: 'It died.' } }),
    expected: { again: 'server_error' },
  },
  {
    from: 'a gateway: no object, parts of type text',
    body: { id: 'r', status: 'completed', output: [said('Yes', 'text')] },
    expected: { value: 'Yes' },
  },
  {
    from: 'a gateway: content as a text',
    body: response('completed', [{ type: 'message', content: 'Yes' }]),
    expected: { value: 'Yes' },
  },
  {
    from: 'a stream with a bare error',
    body: [{ error: { message: 'Slow', code: 429 } }],
    expected: { again: 'rate_limited' },
  },
  { from: 'cancelled', body: response('cancelled', [said(cut)]), expected: { again: 'server_error' } },
  {
    from: 'a refusal',
    body: response('completed', [{ type: 'message', content: [{ type: 'refusal', refusal: 'No.' }] }]),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'thoughts, then an answer in two items',
    body: response('completed', [
      { type: 'reasoning', summary: [{ type: 'summary_text', text: 'hm' }] },
      said('Y'),
      said('es'),
    ]),
    expected: { value: 'Yes', reasoning: 'hm' },
  },
  {
    from: 'thoughts alone',
    body: response('completed', [{ type: 'reasoning', summary: [] }]),
    expected: { row: 'empty_reply' },
  },
  {
    from: 'a stream that ends in the middle',
    body: [
      { type: 'response.created', response: response('in_progress', []) },
      { type: 'response.output_text.delta', delta: 'Hello' },
    ],
    expected: { again: 'connection_failed' },
  },
  {
    from: 'a stream with an error',
    body: [
      { type: 'response.created', response: response('in_progress', []) },
      { type: 'error', code: 'server_error', message: 'It died.' },
    ],
    expected: { again: 'server_error' },
  },
  {
    from: 'a stream whose last event lacks the items',
    body: [
      { type: 'response.output_item.done', output_index: 0, item: said('Yes') },
      { type: 'response.completed', response: response('completed', []) },
    ],
    expected: { value: 'Yes' },
  },
]

export const oddAnswers = {
  'the OpenAI format': openAiFormat,
  'streams of the OpenAI format': openAiStreams,
  'the OpenAI format in other shapes': oddMessages,
  'streams that are framed otherwise': oddFramings,
  'Anthropic messages': anthropic,
  Gemini: gemini,
  'OpenAI responses': responses,
} as const satisfies Record<string, readonly OddAnswer[]>
