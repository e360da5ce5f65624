import { describe, expect, it } from 'vitest'
import { mediaTypeOf } from '../../../src/base/text/media-type.ts'

const handler = (kind: string): string => `hdlr${'\0'.repeat(8)}${kind}`

describe('what a file is, is told by its bytes', () => {
  it.each<[string, string | undefined]>([
    ['\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'image/heic'],
    ['\0\0\0\x18ftypmif1\0\0\0\0mif1heic', 'image/heic'],
    ['\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf', 'image/avif'],
    ['\0\0\0\x18ftypavif', 'image/avif'],
    ['\0\0\0\x18ftypM4A ', 'audio/mp4'],
    ['\0\0\0\x18ftypM4B ', 'audio/mp4'],
    [`\0\0\0\x18ftypisom${handler('soun')}`, 'audio/mp4'],
    [`\0\0\0\x18ftypisom${handler('soun')}${handler('vide')}`, 'video/mp4'],
    ['\0\0\0\x18ftyp3gp5', 'video/3gpp'],
    ['\0\0\0\x18ftypqt  ', 'video/quicktime'],
    ['\0\0\0\x08wide\0\0\0\x08mdat', 'video/quicktime'],
    ['OggS\0\x02', 'audio/ogg'],
    [`OggS${'\0'.repeat(24)}\x80theora`, 'video/ogg'],
    ['fLaC\0', 'audio/flac'],
    ['\xff\xf1\x50\x80', 'audio/aac'],
    ['\xff\xfb\x90\x64', 'audio/mpeg'],
    ['\xff\xf3\x90\x64', 'audio/mpeg'],
    ['\0\0\0\xff\xfb\x90\x64', 'audio/mpeg'],
    ['ID3\x04', 'audio/mpeg'],
    ['RF64\xff\xff\xff\xffWAVEds64', 'audio/wav'],
    ['\x1aE\xdf\xa3\x42\x82\x84webm\x86\x86A_OPUS', 'audio/webm'],
    ['\x1aE\xdf\xa3\x42\x82\x84webm\x86\x85V_VP8\x86\x86A_OPUS', 'video/webm'],
    ['\x1aE\xdf\xa3\x42\x82\x88matroska\x86\x85V_VP8', 'video/x-matroska'],
    ['BM\x36\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0', 'image/bmp'],
    ['II*\0', 'image/tiff'],
    ['MM\0*', 'image/tiff'],
    ['BMW is a car maker of Munich', undefined],
    ['\xff\xfeh\0i\0', undefined],
    ['<html>', undefined],
    ['version https://git-lfs', undefined],
    ['', undefined],
  ])('%o is %s', (text, name) => {
    expect(mediaTypeOf(Buffer.from(text, 'latin1'))?.name).toBe(name)
  })
})
