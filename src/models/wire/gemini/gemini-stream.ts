/** A streamed answer of the Gemini API, put together: each event is an answer with the next parts. */
import { isObject, type JsonObject } from '../../body/body.ts'
import { finishReasonOf } from '../../body/finish-reasons.ts'

/** Undefined when the stream ended before any event gave a reason to stop. */
export function assembleGemini(events: readonly JsonObject[]): JsonObject | undefined {
  const failed = events.find(({ error }) => error !== undefined)
  if (failed !== undefined) return failed
  let whole: Record<string, unknown> = {}
  let candidate: Record<string, unknown> | undefined
  const parts: JsonObject[] = []
  for (const { candidates, ...envelope } of events) {
    whole = { ...whole, ...envelope }
    const piece: unknown = Array.isArray(candidates) ? candidates[0] : undefined
    if (!isObject(piece)) continue
    const { content, ...rest } = piece
    candidate = { ...candidate, ...rest }
    if (isObject(content) && Array.isArray(content.parts)) {
      for (const part of content.parts.filter(isObject)) addPart(parts, part)
    }
  }
  if (candidate === undefined) return isObject(whole.promptFeedback) ? whole : undefined
  if (finishReasonOf(candidate.finishReason) === null) return undefined
  return { ...whole, candidates: [{ ...candidate, content: { role: 'model', parts } }] }
}

/** Texts that follow each other are one text, unless one of them is signed or a thought. */
function addPart(parts: JsonObject[], part: JsonObject): void {
  const last = parts.at(-1)
  const isPlain = (each: JsonObject): boolean =>
    Object.keys(each).every((name) => name === 'text' || name === 'thought')
  if (
    last !== undefined &&
    typeof last.text === 'string' &&
    typeof part.text === 'string' &&
    last.thought === part.thought &&
    isPlain(last) &&
    isPlain(part)
  ) {
    parts[parts.length - 1] = { ...last, text: `${last.text}${part.text}` }
  } else parts.push(part)
}
