/**
 * Image columns: a model draws, and the cell is a list of paths below the dataset, one per image:
 * `images/<column>/<row>-<k>.<ext>`. The files are published with the row group.
 */
import { RowsmithError } from '../base/errors.ts'
import type { ImagePrompt, ImageReply } from '../models/contract.ts'
import type { BuildColumn } from './build.ts'
import type { AskingCell, Made, NamedMedium } from './column.ts'
import { mediaContext } from './context.ts'
import { compilePrompt } from './prompt.ts'

/** A column of images. An answer without any is asked for again, as often as conversations start again. */
export const buildImageColumn: BuildColumn<'image'> = (config, runConfig) => {
  const { name, drop, model_alias: alias } = config
  const prompt = compilePrompt(config.prompt, 'prompt')
  const context = mediaContext(config.multi_modal_context)
  return {
    column: {
      kind: 'asked',
      name,
      type: { kind: 'list', element: { kind: 'string' } },
      drop,
      reads: [...new Set([...prompt.reads, ...context.reads])],
      aliases: [alias],
      queue: { kind: 'model', alias },
      make: async (cell) => {
        const text = prompt.render(cell)
        const parts = await context.parts(cell)
        const asked = { prompt: text, ...(parts.length === 0 ? {} : { context: parts }) }
        return drawn(cell, name, asked, runConfig.max_conversation_restarts)
      },
    },
  }
}

async function drawn(cell: AskingCell, column: string, asked: ImagePrompt, restarts: number): Promise<Made> {
  for (let again = 0; ; again++) {
    const media = mediaOf(await cell.image(asked), column, cell.index)
    if (media.length > 0) return { value: media.map(({ path }) => path), media }
    if (again >= restarts) throw new RowsmithError('empty_reply', 'The model answered without an image.')
  }
}

/** @throws RowsmithError image_unusable when the images are elsewhere, or are none */
function mediaOf({ images }: ImageReply, column: string, row: number): NamedMedium[] {
  return images.map((image, index) => {
    if (image.kind !== 'kept') {
      throw new RowsmithError('image_unusable', 'The provider gave an address in place of an image.')
    }
    const { sha256, extension } = image.medium
    if (extension === 'bin') {
      throw new RowsmithError('image_unusable', 'What the provider gave is no PNG, JPEG, GIF or WebP image.')
    }
    return { path: `images/${column}/${row}-${index}.${extension}`, sha256 }
  })
}
