/**
 * Image columns: a model draws, and the cell is a list of paths below the dataset, one per image:
 * `images/<column>/<row>-<k>.<ext>`. The files are published with the row group.
 */
import { RowsmithError } from '../../base/errors/errors.ts'
import { endOf } from '../../models/body/finish-reasons.ts'
import type { ImagePrompt, ReceivedImage } from '../../models/contract/contract.ts'
import type { BuildColumn } from '../column/build.ts'
import type { CellResult, ModelCell, NamedMedium } from '../column/column.ts'
import { mediaContext } from './context.ts'
import { compilePrompt } from './prompt.ts'

/** A column of images. An answer without any, or with one that is not whole, is requested again, as often as conversations start again. */
export const buildImageColumn: BuildColumn<'image'> = (config, runConfig) => {
  const { name, drop, model_alias: alias } = config
  const prompt = compilePrompt(config.prompt, 'prompt')
  const context = mediaContext(config.multi_modal_context)
  return {
    column: {
      kind: 'model',
      name,
      type: { kind: 'list', element: { kind: 'string' } },
      drop,
      reads: [...new Set([...prompt.reads, ...context.reads])],
      aliases: [alias],
      queue: { kind: 'model', alias },
      run: async (cell) => {
        const text = prompt.render(cell)
        const parts = await context.parts(cell)
        const imagePrompt = { prompt: text, ...(parts.length === 0 ? {} : { context: parts }) }
        return drawn(cell, name, imagePrompt, runConfig.max_conversation_restarts)
      },
    },
  }
}

async function drawn(
  cell: ModelCell,
  column: string,
  imagePrompt: ImagePrompt,
  restarts: number,
): Promise<CellResult> {
  for (let again = 0; ; again++) {
    // Another body each time: a server that answers by cache would answer the same again.
    const { images, finishReason } = await cell.image(
      again === 0
        ? imagePrompt
        : {
            ...imagePrompt,
            prompt: `${imagePrompt.prompt}${'\n'.repeat(again)}`,
            formerPrompt: imagePrompt.prompt,
          },
    )
    if (images.length === 0 && endOf(finishReason) === 'filtered') {
      throw new RowsmithError('content_filtered', 'The provider refused to draw.')
    }
    const problem = problemOf(images)
    if (problem === undefined) {
      const media = mediaOf(images, column, cell.index)
      return { value: media.map(({ path }) => path), media }
    }
    if (problem.isFinal || again >= restarts) throw problem.error
  }
}

interface Problem {
  readonly error: RowsmithError
  /** Another answer would fare as this one. */
  readonly isFinal: boolean
}

/** What is wrong with an answer. Next to an image that is whole others may be none: a logo, say, drawn in words. */
function problemOf(images: readonly ReceivedImage[]): Problem | undefined {
  const given = images.filter((image) => image.kind !== 'url' || image.uncertain !== true)
  if (given.length === 0) {
    return problem('empty_reply', 'The model answered without an image.', false)
  }
  if (given.some((image) => image.kind === 'stored' && image.medium.extension === 'cut')) {
    return problem('image_unusable', 'An image of the answer is cut off, or damaged.', false)
  }
  if (given.some(isWhole)) return undefined
  const isElsewhere = given.some(({ kind }) => kind === 'url')
  const message = isElsewhere
    ? 'The provider gave an address in place of an image.'
    : 'What the provider gave is no image of a format that is known.'
  return problem('image_unusable', message, true)
}

function problem(code: 'empty_reply' | 'image_unusable', message: string, isFinal: boolean): Problem {
  return { error: new RowsmithError(code, message), isFinal }
}

function isWhole(image: ReceivedImage): image is ReceivedImage & { readonly kind: 'stored' } {
  return image.kind === 'stored' && !['bin', 'cut'].includes(image.medium.extension)
}

function mediaOf(images: readonly ReceivedImage[], column: string, row: number): NamedMedium[] {
  return images.filter(isWhole).map(({ medium: { sha256, extension } }, index) => ({
    path: `images/${column}/${row}-${index}.${extension}`,
    sha256,
  }))
}
