/**
 * Images, sound and video that go along with a prompt. Unknown keys are ignored, as in the reference.
 */
import { z } from 'zod'
import { isValueObject, type Value } from '../../base/values/value.ts'
import { prepared, text } from '../reading/lax.ts'

const shared = {
  column_name: text,
  data_type: z.enum(['url', 'base64']).nullable().default(null),
}

function context<M extends string, F extends string, const Format extends readonly [string, ...string[]]>(
  modality: M,
  formatKey: F,
  formats: Format,
) {
  const format = { [formatKey]: z.enum(formats).nullable().default(null) } as {
    [key in F]: z.ZodDefault<z.ZodNullable<z.ZodEnum<{ [format in Format[number]]: format }>>>
  }
  return z
    .object({ modality: z.literal(modality), ...shared, ...format })
    .refine(
      (value) =>
        (value as { data_type: unknown }).data_type !== 'base64' ||
        (value as Record<string, unknown>)[formatKey] !== null,
      { error: `is required when data_type is base64; allowed ${formats.join(', ')}`, path: [formatKey] },
    )
}

const anyContext = z.discriminatedUnion('modality', [
  context('image', 'image_format', ['png', 'jpg', 'jpeg', 'gif', 'webp']),
  context('audio', 'audio_format', ['mp3', 'wav']),
  context('video', 'video_format', ['mp4', 'mov', 'webm']),
])

/** `multi_modal_context` of a column. Contexts from before there were modalities are images. */
export const contexts = z
  .array(
    prepared(anyContext, (value) => {
      const given = value as Value
      if (!isValueObject(given) || 'modality' in given) return given
      return 'audio_format' in given || 'video_format' in given ? given : { modality: 'image', ...given }
    }),
  )
  .nullable()
  .default(null)
