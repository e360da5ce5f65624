/** The OpenAI API: `/embeddings`, `/images/generations`, `/moderations`. */
import {
  created,
  type EmbeddingsFormat,
  type FreeFormat,
  type ImagesAnswer,
  type ImagesFormat,
  isObject,
  namedEvent,
  objectsIn,
  Refused,
  type RequestedImages,
  wholeNumber,
} from '../requested/requested.ts'
import { outOfBounds } from './checks.ts'
import { openAi } from './openai-error.ts'

export const openAiEmbeddingsFormat: EmbeddingsFormat = {
  kind: 'embeddings',
  read(body, modelInPath) {
    const { input, dimensions, encoding_format: encoding } = body
    const model = body.model || modelInPath
    if (typeof model !== 'string') return new Refused('"model" must be a string.', 'model')
    const wrong = outOfBounds(body, [['dimensions', 1, Infinity, 'whole']])
    if (wrong !== undefined) return wrong
    const inputs = typeof input === 'string' ? [input] : input
    const noTexts = new Refused('"input" must be a text or a list of texts.', 'input', 'invalid_type')
    if (!Array.isArray(inputs) || inputs.length === 0) return noTexts
    // A list of token ids stands for a text, too.
    const given = inputs.every((item) => typeof item === 'number')
      ? [inputs.join(' ')]
      : inputs.map((item) => (Array.isArray(item) ? item.join(' ') : item))
    if (!given.every((text) => typeof text === 'string')) return noTexts
    return {
      kind: 'embeddings',
      model,
      characters: given.reduce((sum, text) => sum + text.length, 0),
      lastText: given.at(-1) ?? '',
      inputs: given,
      dimensions: wholeNumber(dimensions),
      base64: encoding === 'base64',
      single: typeof input === 'string',
    }
  },
  answer: ({ model, base64 }, { vectors, promptTokens }) =>
    JSON.stringify({
      object: 'list',
      data: vectors.map((vector, index) => ({
        object: 'embedding',
        index,
        embedding: base64
          ? Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength).toString('base64')
          : [...vector],
      })),
      model,
      usage: { prompt_tokens: promptTokens, total_tokens: promptTokens },
    }),
  ...openAi,
}

export const openAiImagesFormat: ImagesFormat = {
  kind: 'images',
  read(body) {
    const { model, prompt, n, response_format: format, stream, partial_images: partial } = body
    if (typeof prompt !== 'string' || prompt === '') return new Refused('"prompt" must be a text.', 'prompt')
    const wrong = outOfBounds(body, [
      ['n', 1, 10, 'whole'],
      ['partial_images', 0, 3, 'whole'],
    ])
    if (wrong !== undefined) return wrong
    return {
      kind: 'images',
      model: typeof model === 'string' ? model : '',
      characters: prompt.length,
      lastText: prompt,
      count: wholeNumber(n) ?? 1,
      links: format === 'url',
      stream: stream === true,
      partial: wholeNumber(partial) ?? 0,
    }
  },
  answer: ({ links }, { pictures, links: urls, ...tokens }) =>
    JSON.stringify({
      created,
      data: pictures.map((png, index) =>
        links ? { url: urls[index] } : { b64_json: png.toString('base64') },
      ),
      usage: usageOf(tokens),
    }),
  events: (requested, answer) =>
    answer.pictures.flatMap((png, index) => shown(requested, answer, png, index)),
  ...openAi,
}

/** One picture of a stream: unfinished, then whole. */
function shown({ partial }: RequestedImages, answer: ImagesAnswer, png: Buffer, index: number) {
  const count = answer.pictures.length
  const about = {
    b64_json: png.toString('base64'),
    created_at: created,
    size: '1024x1024',
    quality: 'auto',
    background: 'auto',
    output_format: 'png',
  }
  const unfinished = Array.from({ length: partial }, (_, step) => {
    const share = (index + (step + 1) / (partial + 1)) / count
    return namedEvent('image_generation.partial_image', { ...about, partial_image_index: step }, share)
  })
  const done = namedEvent(
    'image_generation.completed',
    { ...about, usage: usageOf(answer) },
    (index + 1) / count,
  )
  return [...unfinished, done]
}

function usageOf({
  promptTokens,
  completionTokens,
}: Pick<ImagesAnswer, 'promptTokens' | 'completionTokens'>) {
  return {
    input_tokens: promptTokens,
    input_tokens_details: { text_tokens: promptTokens, image_tokens: 0 },
    output_tokens: completionTokens,
    output_tokens_details: { text_tokens: 0, image_tokens: completionTokens },
    total_tokens: promptTokens + completionTokens,
  }
}

const categories = [
  'harassment',
  'harassment/threatening',
  'hate',
  'hate/threatening',
  'illicit',
  'illicit/violent',
  'self-harm',
  'self-harm/instructions',
  'self-harm/intent',
  'sexual',
  'sexual/minors',
  'violence',
  'violence/graphic',
]

/** Everything is harmless. */
export const openAiModerationsFormat: FreeFormat = {
  kind: 'free',
  answer({ input, model = 'omni-moderation-latest' }) {
    const isText = (item: unknown) => typeof item === 'string'
    const count = isText(input) || objectsIn(input).length > 0 ? 1 : Array.isArray(input) ? input.length : 0
    if (count === 0 || (Array.isArray(input) && !input.every((item) => isText(item) || isObject(item)))) {
      return new Refused('"input" must be a text, or a list of texts or parts.', 'input', 'invalid_type')
    }
    const all = <T>(value: T) => Object.fromEntries(categories.map((category) => [category, value]))
    const harmless = {
      flagged: false,
      categories: all(false),
      category_scores: all(0),
      category_applied_input_types: all(['text']),
    }
    return { id: 'modr-simulated', model, results: Array.from({ length: count }, () => harmless) }
  },
  ...openAi,
}
