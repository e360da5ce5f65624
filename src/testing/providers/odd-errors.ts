/**
 * How real servers refuse, as data: status, headers, body, and what it means. The wordings are those of public bug reports,
 * with made-up names. `prompt` is what the request said, where the answer repeats it.
 */
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import type { ModelFailure } from '../../models/contract/contract.ts'

export interface OddError {
  readonly from: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: object | string
  readonly prompt?: string
  readonly code: ErrorCode
  readonly action: ModelFailure['action']
  /** What the message says, next to the status. */
  readonly says?: string
  readonly retryAfterMs?: number
}

const bank = 'Write about a bank that says insufficient funds, out of credits and monthly spend.'

/** A request of which no part will ever fit: its row is lost, and nothing waits. */
const neverFits: readonly OddError[] = [
  {
    from: 'OpenAI, tokens per minute',
    status: 429,
    body: {
      error: {
        message:
          'Request too large for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Requested 36278. The input or output tokens must be reduced in order to run successfully.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    code: 'context_window',
    action: 'drop',
    says: 'Limit 30000, Requested 36278',
  },
  {
    from: 'Groq, tokens per minute, in older words',
    status: 429,
    body: {
      error: {
        message:
          'Rate limit reached for model `llama3-70b` in organization `org_x` on tokens per minute (TPM): Limit 7000, Used 0, Requested ~12903. Please try again in 50.59s.',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'Groq, 413',
    status: 413,
    body: {
      error: {
        message:
          'Request too large for model `llama-3.3` on tokens per minute (TPM): Limit 12000, Requested 14137, please reduce your message size and try again. Need more tokens? Upgrade at https://console.groq.com/settings/billing',
        type: 'tokens',
        code: 'rate_limit_exceeded',
      },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'Groq, tokens per day',
    status: 429,
    body: {
      error: { message: 'Request too large on tokens per day (TPD): Limit 100,000, Requested 120,500' },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'Anthropic, long context without a plan for it',
    status: 429,
    body: {
      type: 'error',
      error: { type: 'rate_limit_error', message: 'Extra usage is required for long context requests.' },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'Anthropic, prompt too long',
    status: 400,
    body: {
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message: 'prompt is too long: 210000 tokens > 200000 maximum',
      },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'Gemini, input tokens',
    status: 400,
    body: {
      error: {
        code: 400,
        status: 'INVALID_ARGUMENT',
        message: 'The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).',
      },
    },
    code: 'context_window',
    action: 'drop',
  },
  ...[
    [400, 'Input prompt (35247 tokens) is too long and exceeds limit of 1000'],
    [400, '输入长度超过模型最大长度限制'],
    [400, 'Range of input length should be [1, 30720]'],
    [422, 'Input validation error: `inputs` tokens + `max_new_tokens` must be <= 4096.'],
    [429, 'Your request of 40000 tokens is larger than your TPM limit of 30000'],
    [429, 'Single request token count 45000 exceeds rate limit 30000 TPM'],
    [429, 'Request exceeds the maximum tokens allowed per minute for a single request (10000)'],
    [500, 'the request exceeds the available context size. try increasing the context size'],
  ].map(
    ([status, message]): OddError => ({
      from: `unlisted words: ${message}`,
      status: status as number,
      body: { error: { message } },
      code: 'context_window',
      action: 'drop',
    }),
  ),
  {
    from: 'nginx, body too large',
    status: 413,
    body: '<html><head><title>413 Request Entity Too Large</title></head><body><center><h1>413 Request Entity Too Large</h1></center></body></html>',
    code: 'context_window',
    action: 'drop',
    says: '413 Request Entity Too Large',
  },
  {
    from: 'Azure at peak load, which passes',
    status: 429,
    body: {
      error: {
        code: '429',
        message:
          'The system is currently experiencing high demand and cannot process your request. Your request exceeds the maximum usage size allowed during peak load. Please retry after 20 seconds.',
      },
    },
    code: 'rate_limited',
    action: 'wait',
    retryAfterMs: 20_000,
  },
  {
    from: 'Bedrock, too many tokens at once',
    status: 429,
    body: { __type: 'ThrottlingException', message: 'Too many tokens, please wait before trying again.' },
    code: 'rate_limited',
    action: 'wait',
  },
]

/** Accounts, budgets and quotas that no waiting of minutes fills again. */
const exhausted: readonly OddError[] = [
  ['LiteLLM', 400, 'Budget has been exceeded! Current cost: 0.0021, Max budget: 0.002', 'budget_exceeded'],
  ['LiteLLM', 400, 'Budget has been exceeded! Current cost: 0.0010747, Max budget: 0.0', 'auth_error'],
  ['LiteLLM', 429, 'Budget has been exceeded! Team=99c7 Current cost: 76.16, Max budget: 10.0', ''],
  ['LiteLLM', 400, 'ExceededBudget: End User=x over budget. Spend=0.0009, Budget=0.0001', ''],
  ['LiteLLM', 429, 'LiteLLM User: engineer-1, exceeded budget for model=claude', 'budget_exceeded'],
  [
    'LiteLLM, a deployment',
    429,
    'No deployments available - crossed budget: Exceeded budget for deployment model_name: x: 5.4e-05 >= 1d',
    'internal_server_error',
  ],
  ['OpenAI', 429, 'You exceeded your current quota, please check your plan and billing details.', ''],
  ['OpenAI', 400, 'Billing hard limit has been reached', 'billing_hard_limit_reached'],
  ['OpenAI', 429, 'Your account is not active, please check your billing details', 'billing_not_active'],
  [
    'OpenRouter, the key',
    403,
    'Key limit exceeded (total limit). Manage it using https://openrouter.ai/settings/keys',
    '',
  ],
  [
    'OpenRouter, credit',
    402,
    'This request requires more credits, or fewer max_tokens. You requested up to 65536 tokens, but can only afford 30104.',
    '',
  ],
  [
    'OpenRouter, free models',
    429,
    'Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 free model requests per day',
    '',
  ],
  [
    'Groq',
    429,
    'Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s.',
    'rate_limit_exceeded',
  ],
  [
    'OpenAI',
    429,
    'Rate limit reached for m on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.',
    'rate_limit_exceeded',
  ],
  [
    'Anthropic, a month',
    400,
    'You have reached your specified API usage limits. You will regain access on 2999-07-01 at 00:00 UTC.',
    'invalid_request_error',
  ],
  ['Anthropic', 400, 'Your credit balance is too low to access the Anthropic API.', 'invalid_request_error'],
  [
    'xAI',
    429,
    'Your team x has either used all available credits or reached its monthly spending limit.',
    '',
  ],
  [
    'Fireworks',
    412,
    'Account x is suspended, possibly due to reaching the monthly spending limit or failure to pay past invoices.',
    'error',
  ],
  ['Together', 402, 'Credit limit exceeded, please add credits to your account.', 'credit_limit'],
  ['Together', 429, 'Credit limit exceeded, please navigate to the billing page.', 'credit_limit'],
  ['Hugging Face', 402, 'You have exceeded your monthly included credits for Inference Providers.', ''],
  [
    'Moonshot',
    429,
    'Your account org-x is suspended due to insufficient balance, please recharge your account',
    'exceeded_current_quota_error',
  ],
  ['DeepSeek', 402, 'Insufficient Balance', 'unknown_error'],
  [
    'SiliconFlow',
    403,
    'The selected model requires paid balance. Your paid balance is insufficient. Please top up and try again.',
    '30011',
  ],
  ['DashScope', 400, 'Access denied, please make sure your account is in good standing.', 'Arrearage'],
  [
    'DashScope, free tier',
    403,
    'The free tier of the model has been exhausted.',
    'AllocationQuota.FreeTierOnly',
  ],
  ['Zhipu', 429, '余额不足或无可用资源包,请充值。', '1113'],
  ['new-api', 403, '用户额度不足, 剩余额度: $-0.000002', 'insufficient_user_quota'],
  ['Cerebras', 429, 'Tokens per day limit exceeded - too many tokens processed.', 'token_quota_exceeded'],
  ['Cohere', 429, 'You are using a Trial key, which is limited to 1000 API calls / month.', ''],
  [
    'GitHub Models',
    429,
    'Rate limit of 150 per 86400s exceeded for UserByModelByDay. Please wait 41234 seconds before retrying.',
    'RateLimitReached',
  ],
  ['Cloudflare Workers AI', 429, 'you have used up your daily free allocation of 10,000 neurons', '4006'],
  ['Bedrock', 429, 'Too many tokens per day, please wait before trying again.', 'ThrottlingException'],
  [
    'Azure',
    429,
    'Requests to the ChatCompletions_Create Operation have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 86400 seconds.',
    '429',
  ],
  [
    'MiniMax, five hours',
    429,
    'usage limit exceeded, 5-hour usage limit reached for Token Plan Starter (0/0 used), resets at 2999-05-15T15:00:00Z (2056)',
    'rate_limit_error',
  ],
  [
    'Gemini, a limit of nothing',
    429,
    'You exceeded your current quota. Quota exceeded for metric: generate_content_free_tier_requests, limit: 0, model: gemini-pro. Please retry in 43.2s.',
    '',
  ],
  ['Mistral', 429, 'You have exceeded your monthly token limit.', ''],
  ['a plan', 429, "You've hit your limit · resets 2pm (UTC)", ''],
  ['a plan', 429, 'Weekly limit reached · resets 10am', ''],
  ['a plan', 429, "You're out of extra usage · resets Apr 23", ''],
  ['a plan', 429, 'The usage limit has been reached', 'usage_limit_reached'],
  ['a plan', 429, 'Limit of 50 requests per 24h exceeded', ''],
  ['a plan', 429, 'You have consumed 100% of your monthly token allotment', ''],
  ['prepaid', 429, 'Your prepaid credit has been fully consumed.', ''],
  ['prepaid', 429, 'No credits remaining on this account.', ''],
  ['prepaid', 403, 'Your wallet balance is 0. Please add funds.', ''],
  ['a trial', 403, 'Your free trial has ended. Upgrade to continue.', ''],
  ['a gateway', 401, 'This key has exhausted its budget', ''],
  ['a gateway', 429, 'Spend limit for this virtual key hit', ''],
  ['Chinese', 403, '账户余额不足，请充值后再试', ''],
  ['Chinese', 429, '免费额度已用完', ''],
  ['Japanese', 429, '本日の利用上限に達しました', ''],
  ['Korean', 429, '이번 달 사용 한도를 초과했습니다', ''],
  ['German', 429, 'Ihr monatliches Kontingent ist erschöpft.', ''],
  ['French', 429, 'Crédits insuffisants sur votre compte.', ''],
  ['Spanish', 429, 'Saldo insuficiente en su cuenta.', ''],
  ['Russian', 429, 'Превышен дневной лимит запросов', ''],
  [
    'Perplexity',
    401,
    'You exceeded your current quota, please check your plan and billing details.',
    'insufficient_quota',
  ],
].map(
  ([from, status, message, type]): OddError => ({
    from: from as string,
    status: status as number,
    body: { error: { message, type } },
    code: 'quota_exhausted',
    action: 'stop',
    says: (message as string).slice(0, 40),
  }),
)

const exhaustedOtherwise: readonly OddError[] = [
  {
    from: 'any provider, by a long Retry-After',
    status: 429,
    headers: { 'retry-after': '86400' },
    body: { error: { message: 'Too many requests' } },
    code: 'quota_exhausted',
    action: 'stop',
    says: 'Requests are possible again at',
    retryAfterMs: 86_400_000,
  },
  {
    from: 'Gemini, per day',
    status: 429,
    body: {
      error: {
        code: 429,
        message:
          'You exceeded your current quota, please check your plan and billing details. Please retry in 43s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
            violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }],
          },
          { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '43s' },
        ],
      },
    },
    code: 'quota_exhausted',
    action: 'stop',
    says: 'Requests are possible again at',
  },
  {
    from: 'xAI, with the sentence in `error`',
    status: 429,
    body: { code: 'Some resource has been exhausted', error: 'Your team x has used all available credits.' },
    code: 'quota_exhausted',
    action: 'stop',
    says: 'used all available credits',
  },
  {
    from: 'MiniMax, in a success',
    status: 200,
    body: { choices: null, base_resp: { status_code: 1008, status_msg: 'insufficient balance' } },
    code: 'quota_exhausted',
    action: 'stop',
    says: 'insufficient balance',
  },
  {
    from: 'OpenRouter, the provider behind it',
    status: 429,
    body: {
      error: {
        message: 'Provider returned error',
        code: 429,
        metadata: { provider_name: 'X', raw: '{"error":{"message":"Insufficient credits","type":"x"}}' },
      },
    },
    code: 'quota_exhausted',
    action: 'stop',
    says: 'Insufficient credits',
  },
]

/** Limits of the minute: waited for. */
const tooOften: readonly OddError[] = [
  {
    from: 'Gemini, per minute, in the words of a quota',
    status: 429,
    body: {
      error: {
        code: 429,
        message:
          'You exceeded your current quota. Quota exceeded for metric: generate_content_free_tier_requests, limit: 10. Please retry in 26.4s.',
        status: 'RESOURCE_EXHAUSTED',
        details: [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '26s' }],
      },
    },
    code: 'rate_limited',
    action: 'wait',
    retryAfterMs: 26_000,
  },
  {
    from: 'Together, whose rate limit is of type credit_limit',
    status: 429,
    body: {
      error: {
        message: 'You have reached the rate limit specific to this model meta-llama/x.',
        type: 'credit_limit',
      },
    },
    code: 'rate_limited',
    action: 'wait',
  },
  {
    from: 'Vertex, requests per minute',
    status: 429,
    body: {
      error: {
        message:
          'Quota exceeded for aiplatform.googleapis.com/generate_content_requests_per_minute_per_project',
        status: 'RESOURCE_EXHAUSTED',
      },
    },
    code: 'rate_limited',
    action: 'wait',
  },
  {
    from: 'DashScope, whose throttling speaks of a quota',
    status: 429,
    body: {
      code: 'Throttling.AllocationQuota',
      message: 'Allocated quota exceeded, please increase your quota limit.',
    },
    code: 'rate_limited',
    action: 'wait',
  },
  {
    from: 'Groq, tokens per minute, with the page for billing',
    status: 429,
    body: {
      error: {
        message:
          'Rate limit reached for model `m` on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443. Please try again in 4.77s. Need more tokens? Upgrade at https://console.groq.com/settings/billing',
        code: 'rate_limit_exceeded',
      },
    },
    code: 'rate_limited',
    action: 'wait',
    says: 'Used 5034',
    retryAfterMs: 4770,
  },
  ...[
    [429, 'Requests rate limit exceeded: 60 requests / minute; daily quota remaining: 950'],
    [429, 'Rate limit exceeded. You have 120 of 5000 monthly requests left. Retry in 2 s'],
    [429, 'Concurrency limit exceeded for your budget tier'],
    [429, "You've hit your rate limit. Please add a payment method to increase it."],
    [403, 'Quota exceeded for quota metric "Requests" and limit "Requests per minute"'],
    [400, '请求过于频繁，请稍后再试'],
    [200, 'Open api qps request limit reached'],
  ].map(
    ([status, message]): OddError => ({
      from: `unlisted words: ${message}`,
      status: status as number,
      body: { error_msg: message },
      code: 'rate_limited',
      action: 'wait',
    }),
  ),
  {
    from: 'AWS, with 400',
    status: 400,
    body: { __type: 'ThrottlingException', message: 'Too many requests' },
    code: 'rate_limited',
    action: 'wait',
  },
  {
    from: 'AWS, as a sentence',
    status: 400,
    body: { error: { message: 'ThrottlingException: Too many requests, please wait before trying again.' } },
    code: 'rate_limited',
    action: 'wait',
  },
  {
    from: 'a gateway, with 403',
    status: 403,
    body: { error: { message: 'rate limit exceeded' } },
    code: 'rate_limited',
    action: 'wait',
  },
]

/** Words of the prompt are no words of the provider. */
const quoting: readonly OddError[] = [
  {
    from: 'vLLM, which repeats the input',
    status: 400,
    prompt: bank,
    body: { object: 'error', message: `[{'type': 'value_error', 'input': '${bank}'}]`, code: 400 },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'vLLM, which repeats what a chat template made of it',
    status: 400,
    body: {
      object: 'error',
      message:
        "[{'type': 'value_error', 'loc': ('body',), 'input': 'system: it\\'s insufficient funds, billing hard limit'}]",
      code: 400,
    },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'FastAPI',
    status: 422,
    prompt: bank,
    body: {
      detail: [
        {
          type: 'string_type',
          loc: ['body', 'messages', 0],
          msg: 'Input should be a valid string',
          input: bank,
        },
      ],
    },
    code: 'rejected_request',
    action: 'drop',
    says: 'body.messages.0: Input should be a valid string',
  },
  {
    from: 'a gateway that sends the request back',
    status: 413,
    prompt: bank,
    body: {
      error: { message: 'Payload too large', request: { messages: [{ role: 'user', content: bank }] } },
    },
    code: 'context_window',
    action: 'drop',
  },
  {
    from: 'a server that quotes the prompt in its sentence',
    status: 400,
    prompt: bank,
    body: { error: { message: `Could not parse the message "${bank}"` } },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'a server that quotes a part of the prompt, escaped',
    status: 400,
    prompt: 'Line one\nthe maximum context length is "too long"\nand the end',
    body: {
      error: { message: 'Bad text near: one\\nthe maximum context length is \\"too long\\"\\nand the' },
    },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'a server that speaks of the budget of thoughts',
    status: 400,
    body: { error: { message: 'The thinking budget exceeds the maximum budget of 24576.' } },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'a server that could not fetch an image',
    status: 400,
    body: { error: { message: 'The model could not fetch the image: 404 Not Found' } },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'a server that speaks of a file',
    status: 400,
    body: { error: { message: "This model does not support image inputs: file 'owl.png' not found" } },
    code: 'bad_request',
    action: 'drop',
  },
  {
    from: 'an exhausted account, whatever the prompt says',
    status: 429,
    prompt: 'Explain the error insufficient_quota in three words',
    body: { error: { message: 'You exceeded your current quota', code: 'insufficient_quota' } },
    code: 'quota_exhausted',
    action: 'stop',
  },
]

/** What a content policy refused, in words of other services. */
const refused: readonly OddError[] = [
  '输入内容包含敏感信息',
  'The request was blocked by our safety filters',
  'Blocked by guardrail: PII detected',
].map(
  (message): OddError => ({
    from: message,
    status: 400,
    body: { error: { message } },
    code: 'content_filtered',
    action: 'drop',
  }),
)

/** What passes by itself. */
const passing: readonly OddError[] = [
  ...[408, 409, 421, 423, 424, 425, 449, 460, 499, 500, 502, 503, 504, 520, 522, 524, 529, 530].map(
    (status): OddError => ({
      from: `a status of ${status}`,
      status,
      body: { error: { message: 'later' } },
      code: status === 408 ? 'request_timeout' : 'server_error',
      action: 'retry',
      says: 'later',
    }),
  ),
  ...['json_validate_failed', 'tool_use_failed'].map(
    (code): OddError => ({
      from: `Groq, ${code}`,
      status: 400,
      body: { error: { message: 'Failed to generate JSON.', code, failed_generation: '{"a":' } },
      code: 'server_error',
      action: 'retry',
    }),
  ),
  {
    from: 'Cloudflare, a page for people',
    status: 403,
    body: '<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title></head><body></body></html>',
    code: 'server_error',
    action: 'retry',
    says: 'Attention Required! | Cloudflare',
  },
  {
    from: 'a busy service, in Chinese, with 400',
    status: 400,
    body: { error: { message: '当前服务繁忙，请稍后重试' } },
    code: 'server_error',
    action: 'retry',
  },
  {
    from: 'an overloaded model, with 400',
    status: 400,
    body: { error: { message: 'The engine is currently overloaded, please try again later' } },
    code: 'server_error',
    action: 'retry',
  },
]

/** What a user has to fix, with the server's sentence about it. */
const toFix: readonly OddError[] = [
  {
    from: 'Gemini, an API that is not enabled',
    status: 403,
    body: {
      error: {
        code: 403,
        message:
          'Generative Language API has not been used in project 123 before or it is disabled. Enable it by visiting',
        status: 'PERMISSION_DENIED',
      },
    },
    code: 'permission_denied',
    action: 'stop',
    says: 'Generative Language API has not been used',
  },
  {
    from: 'OpenAI, a wrong key, part of it shown',
    status: 401,
    body: {
      error: {
        message: 'Incorrect API key provided: sk-proj-abc***********wxyz. Find it at platform.openai.com.',
      },
    },
    code: 'authentication_failed',
    action: 'stop',
    says: 'Incorrect API key provided: ***. Find it',
  },
  {
    from: 'LM Studio, without /v1',
    status: 200,
    body: { error: 'Unexpected endpoint or method. (POST /chat/completions)' },
    code: 'endpoint_unreachable',
    action: 'stop',
    says: 'Unexpected endpoint or method',
  },
  {
    from: 'Go, plain HTTP at a TLS port',
    status: 400,
    body: 'Client sent an HTTP request to an HTTPS server.\n',
    code: 'endpoint_unreachable',
    action: 'stop',
    says: 'HTTP request to an HTTPS server',
  },
  {
    from: 'nginx, plain HTTP at a TLS port',
    status: 400,
    body: '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head><body></body></html>',
    code: 'endpoint_unreachable',
    action: 'stop',
    says: 'plain HTTP request was sent to HTTPS port',
  },
  {
    from: 'Apache, plain HTTP at a TLS port',
    status: 400,
    body: "<html><title>400 Bad Request</title><h1>Bad Request</h1><p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p></html>",
    code: 'endpoint_unreachable',
    action: 'stop',
  },
  {
    from: 'a redirect',
    status: 307,
    headers: { location: 'https://other.example/v1/chat?key=abc' },
    body: '',
    code: 'endpoint_unreachable',
    action: 'stop',
    says: 'It points to https://other.example/v1/chat:',
  },
  ...['{"detail":"Not Found"}', '404 page not found', '<pre>Cannot POST /chat/completions</pre>'].map(
    (body): OddError => ({
      from: `no such route: ${body}`,
      status: 404,
      body,
      code: 'endpoint_unreachable',
      action: 'stop',
    }),
  ),
  {
    from: 'Ollama, a model that is not there',
    status: 404,
    body: { error: { message: 'model "llama9" not found, try pulling it first', type: 'api_error' } },
    code: 'model_not_found',
    action: 'stop',
    says: 'try pulling it first',
  },
  {
    from: 'Groq, a model that was removed',
    status: 400,
    body: { error: { message: 'The model `x` has been decommissioned', code: 'model_decommissioned' } },
    code: 'model_not_found',
    action: 'stop',
  },
  {
    from: 'OpenAI, a model of the other route',
    status: 404,
    body: {
      error: {
        message: 'This model is only supported in v1/responses and not in v1/chat/completions.',
        type: 'invalid_request_error',
        param: 'model',
        code: null,
      },
    },
    code: 'model_not_found',
    action: 'stop',
    says: 'only supported in v1/responses',
  },
  {
    from: 'Bedrock, a model it does not know',
    status: 400,
    body: { message: 'The provided model identifier is invalid.' },
    code: 'model_not_found',
    action: 'stop',
  },
  {
    from: 'LiteLLM, a model it does not know',
    status: 400,
    body: {
      error: { message: '/chat/completions: Invalid model name passed in model=x. Call `/v1/models`' },
    },
    code: 'model_not_found',
    action: 'stop',
  },
]

/** How gateways and servers say that a model is on its way. */
const loading: readonly OddError[] = [
  { from: 'a runtime', status: 400, body: { object: 'error', message: 'Model is not ready: warming up' } },
  {
    from: 'llama.cpp',
    status: 503,
    body: { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } },
  },
  { from: 'a gateway', status: 400, body: { detail: 'The model is currently loading' } },
].map((each): OddError => ({ ...each, code: 'server_error', action: 'retry', says: 'odel' }))

/** Errors in shapes of their own: their sentence is found. */
const shapes: readonly OddError[] = [
  {
    from: 'a list of sentences',
    status: 400,
    body: { error: { message: ['max_tokens must be positive', 'n is too large'] } },
    says: 'max_tokens must be positive; n is too large',
  },
  {
    from: 'an error in an error',
    status: 400,
    body: { error: { error: { message: 'a deep problem' } } },
    says: 'a deep problem',
  },
  { from: 'JSON as text', status: 400, body: '"just words"', says: 'just words' },
  {
    from: 'vLLM, a complaint in a message',
    status: 422,
    body: {
      object: 'error',
      message: { detail: [{ type: 'missing', loc: ['body', 'x'], msg: 'Field required' }] },
    },
    says: 'Field required',
  },
  {
    from: 'XML',
    status: 400,
    body: '<?xml version="1.0"?><Error><Code>Denied</Code><Message>nothing for you</Message></Error>',
    says: 'nothing for you',
  },
].map(
  (each): OddError => ({
    ...each,
    code: each.status === 422 ? 'rejected_request' : 'bad_request',
    action: 'drop',
  }),
)

/** Successes without an answer: requested again, with what they say. */
const empty: readonly OddError[] = [
  { from: 'an empty body', status: 200, body: '', says: 'an empty body' },
  { from: 'no content', status: 204, body: '', says: '204' },
  {
    from: 'a page',
    status: 200,
    body: '<!doctype html><html><head><title>Sign in to the hotel</title></head><body>…</body></html>',
    says: 'Sign in to the hotel',
  },
  { from: 'choices of nothing', status: 200, body: { choices: null, note: 'busy' }, says: 'busy' },
].map((each): OddError => ({ ...each, code: 'server_error', action: 'retry' }))

export const oddErrors = {
  'a request that never fits': neverFits,
  'an exhausted account': [...exhausted, ...exhaustedOtherwise],
  'a limit of the minute': tooOften,
  'an error that quotes the request': quoting,
  'a refusal by a policy': refused,
  'a failure that passes': passing,
  'a failure that a person must fix': toFix,
  'a model that is on its way': loading,
  'an error in a shape of its own': shapes,
  'a success without an answer': empty,
} as const satisfies Record<string, readonly OddError[]>
