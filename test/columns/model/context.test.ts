import { describe, expect, it } from 'vitest'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { keyedRandom } from '../../../src/base/numbers/random.ts'
import type { Value, ValueObject } from '../../../src/base/values/value.ts'
import type { ModelColumn } from '../../../src/columns/column/column.ts'
import type { ChatPrompt } from '../../../src/models/contract/contract.ts'
import { pngOf, smallGif } from '../../support/pngs.ts'
import { compileOne, reply, silent } from '../examples.ts'

const png = pngOf('a').toString('base64')
const lines = png.replaceAll(/(.{76})/g, '$1\n')
const heic = Buffer.from('\0\0\0\x18ftypheic', 'latin1').toString('base64')
const neither = 'The image in column "media" is neither a file nor an image in base64.'
const wav = Buffer.from('RIFF\0\0\0\0WAVEfmt ', 'latin1').toString('base64')
const mp4 = Buffer.from('\0\0\0\x18ftypmp42', 'latin1').toString('base64')

function part(type: string, mediaType: string, data: string) {
  return { type, source: { kind: 'base64', mediaType, data } }
}

function link(type: string, url: string) {
  return { type, source: { kind: 'url', url } }
}

/** What is sent for a cell that holds `value`. */
async function sent(value: Value, context: ValueObject) {
  const column = compileOne({
    name: 'seen',
    column_type: 'llm-text',
    model_alias: 'writer',
    prompt: 'What is it?',
    multi_modal_context: [{ modality: 'image', column_name: 'media', ...context }],
  }) as ModelColumn
  expect(column.reads).toEqual(['media'])
  let asked: ChatPrompt | undefined
  await column.run({
    ...silent,
    row: { media: value },
    random: keyedRandom(1n, 'c', 0),
    file: async (path) => {
      if (path === 'images/broken.png') throw new RowsmithError('disk_full', 'EIO')
      if (path !== 'images/a.png' && path !== 'noext')
        throw new RowsmithError('media_unusable', 'is not there')
      return Buffer.from(png, 'base64')
    },
    request: async (prompt) => {
      asked = prompt
      return reply('Tea.')
    },
  })
  const { content } = asked!.messages[0]!
  return typeof content === 'string' ? content : content.slice(0, -1)
}

describe('media that go along with a prompt', () => {
  const image = part('image', 'image/png', png)
  it.each<[string, Value, ValueObject, unknown]>([
    ['base64', png, {}, [image]],
    ['base64 in lines', `${png.slice(0, 8)}\n${png.slice(8)}`, {}, [image]],
    ['a data address', `data:image/png;base64,${png}`, {}, [image]],
    ['a file', 'images/a.png', {}, [image]],
    ['a file, declared as base64', 'images/a.png', { data_type: 'base64', image_format: 'png' }, [image]],
    ['an address', 'https://x.example/a.png', {}, [link('image', 'https://x.example/a.png')]],
    ['a path for the server', '/mnt/a.png', { data_type: 'url' }, [link('image', '/mnt/a.png')]],
    ['several', [png, 'images/a.png'], {}, [image, image]],
    [
      'several, as JSON',
      JSON.stringify([png, 'https://x.example/a']),
      {},
      [image, link('image', 'https://x.example/a')],
    ],
    ['a sound', wav, { modality: 'audio' }, [part('audio', 'audio/wav', wav)]],
    ['a video', mp4, { modality: 'video', video_format: 'mp4' }, [part('video', 'video/mp4', mp4)]],
    ['a data address in lines, in upper case', `DATA:IMAGE/PNG;BASE64,${lines}`, {}, [image]],
    ['a data address of another type, by its bytes', `data:image/gif;base64,${png}`, {}, [image]],
    ['a file whose name has no dot', 'noext', {}, [image]],
    ['base64 in the alphabet of URLs', pngOf('a').toString('base64url'), {}, [image]],
    ['a column of Hugging Face, as JSON', JSON.stringify({ bytes: png, path: 'x.png' }), {}, [image]],
    ['its path alone', JSON.stringify([{ bytes: null, path: 'images/a.png' }]), {}, [image]],
    ['an object with an address', { url: 'https://x.example/a' }, {}, [link('image', 'https://x.example/a')]],
    [
      'an image without its last mark, which decoders do without',
      smallGif.subarray(0, -1).toString('base64'),
      {},
      [part('image', 'image/gif', smallGif.subarray(0, -1).toString('base64'))],
    ],
    [
      'an image with something behind it',
      Buffer.concat([pngOf('a'), Buffer.from('PK')]).toString('base64'),
      {},
      [part('image', 'image/png', Buffer.concat([pngOf('a'), Buffer.from('PK')]).toString('base64'))],
    ],
    ['nothing', null, {}, 'What is it?'],
    ['an empty text', '', {}, 'What is it?'],
    ['an empty list', '[]', {}, 'What is it?'],
  ])('%s', async (_, value, context, expected) => {
    expect(await sent(value, context)).toEqual(expected)
  })

  it.each<[Value, ValueObject, string]>([
    [wav, {}, 'The image in column "media" is audio/wav, and no image.'],
    [
      png,
      { data_type: 'base64', image_format: 'gif' },
      'The image in column "media" is image/png, and declared image/gif.',
    ],
    [
      `data:image/gif;base64,${png}`,
      { image_format: 'png' },
      'The image in column "media" is image/gif, and declared image/png.',
    ],
    ['AAAA', {}, neither],
    // A declared format makes nothing an image.
    ...['None', 'null', 'hello', 'Cat', 'n/a', 'AAAA', 'not base64!', 'sub dir/cat'].map(
      (text): [Value, ValueObject, string] => [text, { data_type: 'base64', image_format: 'png' }, neither],
    ),
    ['AAAA', { modality: 'audio' }, 'The audio in column "media" is neither a file nor audio in base64.'],
    ['data:image/png;base64,AAAA', {}, 'The image in column "media" is no image by its bytes.'],
    ['data:image/png;base64,A*A', {}, 'The image in column "media" is a data address that cannot be read.'],
    ['data:text/plain,hello', {}, 'The image in column "media" is no image by its bytes.'],
    [heic, { modality: 'video' }, 'The video in column "media" is image/heic, and no video.'],
    [
      pngOf('a').subarray(0, 60).toString('base64'),
      {},
      'The image in column "media" is cut off, or damaged.',
    ],
    [
      `data:image/gif;base64,${smallGif.subarray(0, 25).toString('base64')}`,
      {},
      'The image in column "media" is cut off, or damaged.',
    ],
    [
      'data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=',
      {},
      'The image in column "media" is no image by its bytes.',
    ],
    [{ a: 1n }, {}, 'The image in column "media" holds something that is no text.'],
    ['images/b.png', {}, 'The image in column "media" is not there.'],
    [['x', 1n], {}, 'The image in column "media" holds something that is no text.'],
  ])('%o is not sent', async (value, context, message) => {
    await expect(sent(value, context)).rejects.toMatchObject({ code: 'media_unusable', message })
  })

  it('cost no row when it is the disk that fails', async () => {
    await expect(sent('images/broken.png', {})).rejects.toMatchObject({ code: 'disk_full' })
  })

  it('stand before the text of the prompt', async () => {
    expect(await sent('images/a.png', {})).toHaveLength(1)
  })
})
