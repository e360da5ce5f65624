/**
 * Images, sound and video that go along with a prompt: from a column to parts of a message.
 *
 * Rules:
 *   1. A cell holds one medium or a list of them, as a list or as JSON. Nothing (null, empty) is none.
 *   2. A medium is a data address, an address on the web, a file, or base64. Which of them: `data_type` says, else its looks. A file
 *      has a dot in its name, which base64 never has.
 *   3. Files are read where `AskingCell.file` allows it. With `data_type: url` a path is passed on as it is: some servers read
 *      files of their own.
 *   4. What a file or base64 is, is told by its bytes, else by the format the config declares. One that is of another kind, or of
 *      another format than declared, is never sent.
 */
import { RowsmithError } from '../base/errors.ts'
import { type MediaType, mediaTypeNamed, mediaTypeOf } from '../base/media-type.ts'
import type { Value } from '../base/value.ts'
import type { ColumnOf } from '../config/schema.ts'
import type { MediaPart, MediaSource } from '../models/contract.ts'
import { parseJsonText } from '../template/row-values.ts'
import type { AskingCell } from './column.ts'

export type MediaContextConfig = NonNullable<ColumnOf<'llm-text'>['multi_modal_context']>[number]

export interface MediaContext {
  /** The columns that hold the media. */
  readonly reads: readonly string[]
  /** @throws RowsmithError media_unusable */
  parts(cell: Pick<AskingCell, 'row' | 'file'>): Promise<readonly MediaPart[]>
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

/** The files that a cell names, by rule 2; of a cell that is no medium, none. */
export function filesNamed(value: Value, context: MediaContextConfig): string[] {
  try {
    return mediaOf(value, context).filter((medium) => placeOf(medium, context) === 'file')
  } catch {
    return []
  }
}

/** Rule 1. */
function mediaOf(value: Value, context: MediaContextConfig): string[] {
  const given = typeof value === 'string' && /^\s*\[/.test(value) ? parseJsonText(value) : value
  const list = Array.isArray(given) ? given : [given]
  return list.flatMap((item) => {
    if (item === null || item === '') return []
    if (typeof item === 'string') return [item.trim()]
    throw unusable(context, 'holds something that is no text')
  })
}

/** Rules 2 and 3. */
async function sourceOf(
  medium: string,
  context: MediaContextConfig,
  cell: Pick<AskingCell, 'file'>,
): Promise<MediaSource> {
  const data = dataAddress.exec(medium)
  if (data !== null) return inline(medium.slice(data[0].length), context, data[1])
  const place = placeOf(medium, context)
  if (place === 'elsewhere') return { kind: 'url', url: medium }
  if (place === 'here') return inline(medium, context)
  const bytes = await cell.file(medium).catch((error: unknown) => {
    if (!RowsmithError.isInstance(error)) throw error
    throw unusable(context, error.message)
  })
  return {
    kind: 'base64',
    mediaType: typeOf(bytes, context, undefined),
    data: Buffer.from(bytes).toString('base64'),
  }
}

const dataAddress = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[^,;]*)*;base64,/i

/** Where a medium is: in the cell itself, at an address for the provider, or in a file. */
function placeOf(medium: string, context: MediaContextConfig): 'here' | 'elsewhere' | 'file' {
  if (dataAddress.test(medium)) return 'here'
  if (context.data_type === 'url' || /^https?:\/\//i.test(medium)) return 'elsewhere'
  return medium.includes('.') ? 'file' : 'here'
}

function inline(base64: string, context: MediaContextConfig, named?: string): MediaSource {
  const plain = base64.replaceAll(/\s+/g, '')
  if (plain === '' || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(plain))
    throw unusable(context, 'is neither a file nor base64')
  const bytes = Buffer.from(plain, 'base64')
  return { kind: 'base64', mediaType: typeOf(bytes, context, named), data: bytes.toString('base64') }
}

/** Rule 4. @param named the media type that a data address gives */
function typeOf(bytes: Uint8Array, context: MediaContextConfig, named: string | undefined): string {
  const declared = declaredFormat(context)
  const found = mediaTypeOf(bytes)
  if (found !== undefined && found.kind !== context.modality) {
    throw unusable(context, `is ${found.name}, and no ${context.modality}`)
  }
  const given = named === undefined ? undefined : named.toLowerCase().replace('image/jpg', 'image/jpeg')
  for (const name of [found?.name, given]) {
    if (declared !== undefined && name !== undefined && name !== declared.name) {
      throw unusable(context, `is ${name}, and declared ${declared.name}`)
    }
  }
  const name = found?.name ?? declared?.name ?? given
  if (name?.startsWith(`${context.modality}/`)) return name
  throw unusable(context, `does not tell its format: declare ${context.modality}_format`)
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
