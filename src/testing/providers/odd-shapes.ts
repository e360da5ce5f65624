/**
 * Shapes of good answers in the OpenAI format that its specification does not know, and streams that are framed otherwise, as data: public bug
 * reports of gateways and servers, with made-up names. What says the same is read the same; what was cut is requested again.
 */
import type { OddAnswer } from './odd-answer.ts'

const usage = { prompt_tokens: 3, completion_tokens: 5 }
const whole = { value: 'Hello all.' }

function choice(inside: object): object {
  return { choices: [{ index: 0, finish_reason: 'stop', ...inside }], usage }
}

function piece(delta: object | null, finish_reason: string | null = null): object {
  return { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }] }
}

const pieces = [piece({ content: 'Hello ' }), piece({ content: 'all.' }), piece({}, 'stop')]
const lines = pieces.map((each) => JSON.stringify(each))
const framed = (between = '\n\n', prefix = 'data: ', end = `${prefix}[DONE]`): string =>
  [...lines.map((line) => `${prefix}${line}`), end].join(between)
const events = { 'content-type': 'text/event-stream' }
const plain = { 'content-type': 'application/json' }

/** Bodies in one piece. */
export const oddMessages: readonly OddAnswer[] = [
  { from: 'the message in delta', body: choice({ delta: { content: 'Hello all.' } }), expected: whole },
  { from: 'completions of old: text', body: choice({ text: 'Hello all.' }), expected: whole },
  { from: 'a message that is a text', body: choice({ message: 'Hello all.' }), expected: whole },
  { from: 'a number as content', body: choice({ message: { content: 5 } }), expected: { value: '5' } },
  {
    from: 'an object as content: the gateway has parsed the JSON',
    body: choice({ message: { content: { a: 1 } } }),
    expected: { value: '{"a":1}' },
  },
  {
    from: 'parts with their text in content',
    body: choice({ message: { content: [{ type: 'text', content: 'Hello all.' }] } }),
    expected: whole,
  },
  {
    from: 'parts with their text in text.value',
    body: choice({ message: { content: [{ type: 'text', text: { value: 'Hello all.' } }] } }),
    expected: whole,
  },
  {
    from: 'a part that says of itself that it is a thought',
    body: choice({
      message: {
        content: [
          { type: 'text', text: 'hm', thought: true },
          { type: 'text', text: 'Hello all.' },
        ],
      },
    }),
    expected: { ...whole, reasoning: 'hm' },
  },
  {
    from: 'a refusal that is an object',
    body: choice({ message: { content: null, refusal: { reason: 'policy' } } }),
    expected: { row: 'content_filtered' },
  },
  {
    from: 'a refusal that is false',
    body: choice({ message: { content: 'Hello all.', refusal: false } }),
    expected: whole,
  },
  ...[{ code: 0, message: '' }, { code: 200, message: 'success' }, { code: null }, false].map(
    (error): OddAnswer => ({
      from: `an error that says there is none: ${JSON.stringify(error)}`,
      body: { ...choice({ message: { content: 'Hello all.' } }), error },
      expected: whole,
    }),
  ),
  {
    from: 'Python: NaN next to the message',
    body: JSON.stringify(choice({ message: { content: 'Hello all.' } })).replace(
      '"usage"',
      '"score":NaN,"usage"',
    ),
    expected: whole,
  },
  {
    from: 'a line break in a string that is not escaped',
    body: JSON.stringify(choice({ message: { content: 'Hello all.' } })).replace('Hello all.', 'Hello\nall.'),
    expected: { value: 'Hello\nall.' },
  },
  {
    from: 'a serverless gateway: JSON in a JSON text',
    body: JSON.stringify(JSON.stringify(choice({ message: { content: 'Hello all.' } }))),
    expected: whole,
  },
  {
    from: 'a list of one completion',
    body: JSON.stringify([choice({ message: { content: 'Hello all.' } })]),
    expected: whole,
  },
  {
    from: 'LiteLLM: what its upstream said stands in fields of its own',
    body: choice({
      message: { content: 'The beginning' },
      provider_specific_fields: { native_finish_reason: 'abort' },
    }),
    expected: { again: 'server_error' },
  },
  {
    from: 'LiteLLM: an error of its upstream next to a good reason',
    body: choice({
      message: { content: 'The beginning' },
      provider_specific_fields: { error: { code: 502, message: 'Upstream died' } },
    }),
    expected: { again: 'server_error' },
  },
  {
    from: 'LiteLLM: an upstream of Anthropic that came to its end',
    body: choice({
      message: { content: 'Hello all.' },
      provider_specific_fields: { native_finish_reason: 'end_turn' },
    }),
    expected: whole,
  },
  {
    from: 'one piece of a stream, with no reason to stop',
    body: piece({ content: 'Hello ' }),
    expected: { again: 'server_error' },
  },
]

/** Streams as text. */
export const oddFramings: readonly OddAnswer[] = [
  { from: 'without a space', body: framed('\n\n', 'data:'), headers: events, expected: whole },
  { from: 'with spaces before', body: framed('\n\n', ' data: '), headers: events, expected: whole },
  { from: 'data: written twice', body: framed('\n\n', 'data: data: '), headers: events, expected: whole },
  { from: 'one line end between events', body: framed('\n'), headers: events, expected: whole },
  { from: 'CRLF', body: framed('\r\n\r\n'), headers: events, expected: whole },
  { from: 'CR alone', body: framed('\r\r'), headers: events, expected: whole },
  { from: 'a byte order mark', body: `\ufeff${framed()}`, headers: events, expected: whole },
  ...['[done]', '"[DONE]"', 'DONE'].map(
    (end): OddAnswer => ({
      from: `an end that says ${end}`,
      body: framed('\n\n', 'data: ', `data: ${end}`),
      headers: events,
      expected: whole,
    }),
  ),
  ...[
    ': OPENROUTER PROCESSING',
    ':',
    'event: ping\ndata: {"type":"ping"}',
    'event: ping\ndata: 2026-11-30 12:00:00.5',
    'event: heartbeat\ndata: alive',
    'data: ping',
    'data: null',
    'retry: 3000',
    'data: {"choices":null,"usage":null}',
  ].map(
    (awake): OddAnswer => ({
      from: `keep-alive: ${awake}`,
      body: `${awake}\n\n${framed()}\n\n${awake}\n\n`,
      headers: events,
      expected: whole,
    }),
  ),
  {
    from: 'an end that is an event of its own',
    body: `${framed('\n\n', 'data: ', 'event: done\ndata: null')}\n\n`,
    headers: events,
    expected: whole,
  },
  ...lines.map(
    (line): OddAnswer => ({
      from: `llama.cpp, an event without its prefix: ${line}`,
      body: framed().replace(`data: ${line}`, line),
      headers: events,
      expected: whole,
    }),
  ),
  {
    from: 'an event without its prefix that is not whole',
    body: `data: ${lines[0]}\n\n${lines[1]?.slice(0, 20)}`,
    headers: events,
    expected: { again: 'connection_failed' },
  },
  {
    from: 'JSON lines',
    body: lines.join('\n'),
    headers: { 'content-type': 'application/x-ndjson' },
    expected: whole,
  },
  { from: 'JSON lines that are called JSON', body: lines.join('\n'), headers: plain, expected: whole },
  {
    from: 'JSON lines that are called events',
    body: `${lines.join('\n')}\n[DONE]`,
    headers: events,
    expected: whole,
  },
  {
    from: 'JSON lines that end in the middle',
    body: lines.slice(0, 2).join('\n'),
    headers: plain,
    expected: { again: 'connection_failed' },
  },
  {
    from: 'JSON lines that end in a line',
    body: lines.join('\n').slice(0, -9),
    headers: plain,
    expected: { again: 'connection_failed' },
  },
  { from: 'a list of pieces', body: `[${lines.join(',\n')}]`, headers: plain, expected: whole },
  { from: 'events that are called JSON', body: framed(), headers: plain, expected: whole },
  {
    from: 'words in place of an event',
    body: `data: ${lines[0]}\n\ndata: Internal Server Error\n\ndata: [DONE]\n\n`,
    headers: events,
    expected: { again: 'connection_failed' },
  },
  {
    from: 'pieces of text, as completions of old',
    body: [
      { choices: [{ index: 0, text: 'Hello ', finish_reason: null }] },
      { choices: [{ index: 0, text: 'all.', finish_reason: 'stop' }] },
    ],
    expected: whole,
  },
  {
    from: 'a limit, as text in a stream',
    status: 429,
    body: 'Too many requests',
    headers: events,
    expected: { again: 'rate_limited' },
  },
  {
    from: 'an empty 503 that is called a stream',
    status: 503,
    body: '',
    headers: events,
    expected: { again: 'server_error' },
  },
  {
    from: 'LiteLLM: a context that is too long, reported in the stream of a success',
    body: [
      {
        error: {
          message: 'litellm.ContextWindowExceededError: Input is too long for requested model.',
          type: 'invalid_request_error',
          code: '400',
        },
      },
    ],
    expected: { row: 'context_window' },
  },
  {
    from: 'OpenRouter: no choices, and an error',
    body: [
      { choices: [], error: { code: 502, message: 'Worker local total request limit reached (33/32)' } },
    ],
    expected: { again: 'server_error' },
  },
]
