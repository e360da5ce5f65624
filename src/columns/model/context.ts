/**
 * Images, sound and video that go along with a prompt: from a column to parts of a message.
 *
 * Rules:
 *   1. A cell holds one medium or a list of them, as a list or as JSON. Nothing (null, empty) is none. An object with `bytes` or
 *      `data` (base64), `url` or `path` is a medium too.
 *   2. A medium is a data address, an address on the web, base64, or a file. Base64 begins like a medium that is known; whatever
 *      does not is the name of a file.
 *   3. Files are read where `ModelCell.file` allows it. With `data_type: url` a path is passed on as it is: some servers read
 *      files of their own.
 *   4. What a file or base64 is, only its bytes decide. One that is no medium, is of another kind, or of
 *      another format than declared, is never sent; neither is an image that is cut off or damaged.
 */

import { RowsmithError } from '../../base/errors/errors.ts'
import { base64Bytes, readDataAddress, startsAsDataAddress } from '../../base/text/data-address.ts'
import { type MediaType, mediaTypeNamed, mediaTypeOf } from '../../base/text/media-type.ts'
import { isDecodable } from '../../base/text/whole-image.ts'
import { isValueObject, type Value, type ValueObject } from '../../base/values/value.ts'
import type { ColumnOf } from '../../config/schema/schema.ts'
import type { MediaPart, MediaSource } from '../../models/contract/contract.ts'
import { parseJsonText } from '../../template/values/row-values.ts'
import type { ModelCell } from '../column/column.ts'

export type MediaContextConfig = NonNullable<ColumnOf<'llm-text'>['multi_modal_context']>[number]

export interface MediaContext {
  /** The columns that hold the media. */
  readonly reads: readonly string[]
  /** @throws RowsmithError media_unusable */
  parts(cell: Pick<ModelCell, 'row' | 'file'>): Promise<readonly MediaPart[]>
}

export function mediaContext(contexts: readonly MediaContextConfig[] | null): MediaContext {
  const all = contexts ?? []
  return {
    reads: [...new Set(all.map((context) => context.column_name))],
    parts: async (cell) => {
      const parts: MediaPart[] = []
      for (const context of all) {
        for (const medium of mediaOf(cell.row[context.column_name] ?? null, context)) {
          const source = await sourceOf(medium, context, cell)
          parts.push({ type: context.modality, source })
        }
      }
      return parts
    },
  }
}

/** The files that a cell is sure to name, by rule 2; of a cell that is no medium, none. */
export function filesNamed(value: Value, context: MediaContextConfig): string[] {
  try {
    return mediaOf(value, context).filter(
      (medium) => looksLikeName(medium) && placeOf(medium, context).place === 'file',
    )
  } catch {
    return []
  }
}

/** Rule 1. */
function mediaOf(value: Value, context: MediaContextConfig): string[] {
  const given = typeof value === 'string' && /^\s*[[{]/.test(value) ? parseJsonText(value) : value
  const list = Array.isArray(given) ? given : [given]
  return list.flatMap((item) => {
    const medium = isValueObject(item) ? mediumOf(item) : item
    if (medium === null || medium === '') return []
    if (typeof medium === 'string') return [medium]
    throw unusable(context, 'holds something that is no text')
  })
}

/** What an object says of a medium, the surest first; undefined for an object of another kind. */
function mediumOf(item: ValueObject): Value | undefined {
  const members = ['bytes', 'data', 'url', 'path'].map((name) => item[name])
  const known = members.filter((member) => member !== undefined)
  return known.find((member) => member !== null && member !== '') ?? (known.length === 0 ? undefined : null)
}

/** Rules 2 and 3. */
async function sourceOf(
  medium: string,
  context: MediaContextConfig,
  cell: Pick<ModelCell, 'file'>,
): Promise<MediaSource> {
  const found = placeOf(medium, context)
  if (found.place === 'elsewhere') return { kind: 'url', url: medium.trim() }
  const bytes = found.place === 'here' ? found.bytes : await fileBytes(medium, context, cell)
  const mediaType = typeOf(bytes, context, found.place === 'here' ? found.named : null)
  if (!(await isDecodable(bytes))) throw unusable(context, 'is cut off, or damaged')
  return { kind: 'base64', mediaType, data: Buffer.from(bytes).toString('base64') }
}

async function fileBytes(
  name: string,
  context: MediaContextConfig,
  cell: Pick<ModelCell, 'file'>,
): Promise<Uint8Array> {
  try {
    return await cell.file(name)
  } catch (error) {
    // A disk that fails is no fault of the row.
    if (!RowsmithError.isInstance(error) || error.code !== 'media_unusable') throw error
    throw unusable(context, looksLikeName(name) ? error.message : neither(context))
  }
}

type Place =
  | { readonly place: 'here'; readonly bytes: Uint8Array; readonly named: string | null }
  | { readonly place: 'elsewhere' | 'file' }

/** Where a medium is: in the cell itself, at an address for the provider, or in a file. */
function placeOf(medium: string, context: MediaContextConfig): Place {
  if (startsAsDataAddress(medium)) {
    const data = readDataAddress(medium)
    if (data === undefined) throw unusable(context, 'is a data address that cannot be read')
    return { place: 'here', bytes: data.bytes, named: data.mediaType }
  }
  if (context.data_type === 'url' || /^\s*https?:\/\//i.test(medium)) return { place: 'elsewhere' }
  const bytes = base64Bytes(medium)
  const isMedium = bytes !== undefined && mediaTypeOf(bytes) !== undefined
  return isMedium ? { place: 'here', bytes, named: null } : { place: 'file' }
}

/** A name with a dot in it is meant as one; any other text is a name only if there is such a file. */
function looksLikeName(text: string): boolean {
  return text.includes('.')
}

function neither({ modality }: MediaContextConfig): string {
  return `is neither a file nor ${modality === 'image' ? 'an image' : modality} in base64`
}

/** Rule 4. @param named the media type that a data address gives */
function typeOf(bytes: Uint8Array, context: MediaContextConfig, named: string | null): string {
  const declared = declaredFormat(context)
  const found = mediaTypeOf(bytes)
  if (found === undefined) throw unusable(context, `is no ${context.modality} by its bytes`)
  if (found.kind !== context.modality) {
    throw unusable(context, `is ${found.name}, and no ${context.modality}`)
  }
  for (const name of [found.name, named]) {
    if (declared !== undefined && name !== null && name !== declared.name) {
      throw unusable(context, `is ${name}, and declared ${declared.name}`)
    }
  }
  return found.name
}

function declaredFormat(context: MediaContextConfig): MediaType | undefined {
  const format =
    context.modality === 'image'
      ? context.image_format
      : context.modality === 'audio'
        ? context.audio_format
        : context.video_format
  return format === null ? undefined : mediaTypeNamed(format)
}

function unusable(context: MediaContextConfig, what: string): RowsmithError {
  const column = context.column_name
  return new RowsmithError('media_unusable', `The ${context.modality} in column "${column}" ${what}.`, {
    facts: { column },
  })
}
