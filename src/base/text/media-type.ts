/**
 * What a file is by its first bytes. A name, a declared format or the media type of an address never makes it one.
 */
export interface MediaType {
  readonly kind: 'image' | 'audio' | 'video'
  /** Without its dot. */
  readonly extension: string
  /** As in HTTP: `image/png`. */
  readonly name: string
}

const types = {
  png: { kind: 'image', extension: 'png', name: 'image/png' },
  jpg: { kind: 'image', extension: 'jpg', name: 'image/jpeg' },
  gif: { kind: 'image', extension: 'gif', name: 'image/gif' },
  webp: { kind: 'image', extension: 'webp', name: 'image/webp' },
  avif: { kind: 'image', extension: 'avif', name: 'image/avif' },
  heic: { kind: 'image', extension: 'heic', name: 'image/heic' },
  bmp: { kind: 'image', extension: 'bmp', name: 'image/bmp' },
  tiff: { kind: 'image', extension: 'tiff', name: 'image/tiff' },
  mp3: { kind: 'audio', extension: 'mp3', name: 'audio/mpeg' },
  wav: { kind: 'audio', extension: 'wav', name: 'audio/wav' },
  ogg: { kind: 'audio', extension: 'ogg', name: 'audio/ogg' },
  flac: { kind: 'audio', extension: 'flac', name: 'audio/flac' },
  aac: { kind: 'audio', extension: 'aac', name: 'audio/aac' },
  m4a: { kind: 'audio', extension: 'm4a', name: 'audio/mp4' },
  aiff: { kind: 'audio', extension: 'aiff', name: 'audio/aiff' },
  weba: { kind: 'audio', extension: 'weba', name: 'audio/webm' },
  mka: { kind: 'audio', extension: 'mka', name: 'audio/x-matroska' },
  mp4: { kind: 'video', extension: 'mp4', name: 'video/mp4' },
  mov: { kind: 'video', extension: 'mov', name: 'video/quicktime' },
  webm: { kind: 'video', extension: 'webm', name: 'video/webm' },
  mkv: { kind: 'video', extension: 'mkv', name: 'video/x-matroska' },
  ogv: { kind: 'video', extension: 'ogv', name: 'video/ogg' },
  '3gp': { kind: 'video', extension: '3gp', name: 'video/3gpp' },
  avi: { kind: 'video', extension: 'avi', name: 'video/x-msvideo' },
  mpg: { kind: 'video', extension: 'mpg', name: 'video/mpeg' },
  ts: { kind: 'video', extension: 'ts', name: 'video/mp2t' },
  flv: { kind: 'video', extension: 'flv', name: 'video/x-flv' },
} as const satisfies Record<string, MediaType>

/** How far a container is looked into for what it holds, and a sound for the end of the zeros before it. */
const lookedAt = 4096

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are bytes, one a character
const signatures: readonly (readonly [RegExp, MediaType])[] = [
  [/^\x89PNG\r\n\x1a\n/, types.png],
  [/^\xff\xd8\xff/, types.jpg],
  [/^GIF8[79]a/, types.gif],
  [/^RIFF.{4}WEBP/s, types.webp],
  [/^(?:RIFF|RF64|BW64).{4}WAVE/s, types.wav],
  [/^RIFF.{4}AVI /s, types.avi],
  [/^FORM.{4}AIF[FC]/s, types.aiff],
  [/^fLaC/, types.flac],
  [/^OggS.{24,}?\x80theora/s, types.ogv],
  [/^OggS/, types.ogg],
  // The reserved bytes and the length of a header that exists: two letters alone begin many a text.
  [/^BM.{4}\0{4}.{4}[\x0c(4@l|\x8c]\0\0\0/s, types.bmp],
  [/^(?:II[*+]\0|MM\0[*+])/, types.tiff],
  [/^ID3/, types.mp3],
  // ADTS has layer 0, which MPEG audio has not; then a bit rate that exists.
  [/^\xff[\xf0\xf1\xf8\xf9]/, types.aac],
  [/^\0*\xff[\xe2-\xe5\xf2-\xf5\xfa-\xfd][\x10-\xef]/, types.mp3],
  [/^.{4}(?:moov|mdat|wide|pnot)/s, types.mov],
  [/^\0\0\x01[\xba\xb3]/, types.mpg],
  [/^G.{187}G/s, types.ts],
  [/^FLV\x01/, types.flv],
]
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are bytes, one a character

/** Brands of the containers that all begin with `ftyp`. */
const brands: readonly (readonly [RegExp, MediaType])[] = [
  [/^avi[fs]$/, types.avif],
  [/^(?:hei[cxms]|hev[cxms]|mif1|msf1|mif2)$/, types.heic],
  [/^M4[AB] $/, types.m4a],
  [/^qt/, types.mov],
  [/^3g/, types['3gp']],
]

/** Undefined for what is none of these. */
export function mediaTypeOf(bytes: Uint8Array): MediaType | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(lookedAt, bytes.byteLength)).toString(
    'latin1',
  )
  if (head.startsWith('ftyp', 4)) return typeOfBrands(head, bytes)
  if (head.startsWith('\x1aE\xdf\xa3')) return typeOfMatroska(head)
  return signatures.find(([signature]) => signature.test(head))?.[1]
}

/**
 * The first brand says what a file is. Where it says no more than "an image" those it is compatible with decide, and where it says
 * no more than "MP4" the handlers of its tracks.
 */
function typeOfBrands(head: string, bytes: Uint8Array): MediaType {
  const first = head.slice(8, 12)
  const length = head.charCodeAt(2) * 256 + head.charCodeAt(3)
  const others = head.slice(16, length).match(/.{4}/gs) ?? []
  if (/^m[is]f/.test(first) && others.some((brand) => /^avi[fs]$/.test(brand))) return types.avif
  const named = brands.find(([brand]) => brand.test(first))?.[1]
  return named ?? (hasTrack(bytes, 'soun') && !hasTrack(bytes, 'vide') ? types.m4a : types.mp4)
}

function hasTrack(bytes: Uint8Array, handler: string): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(
    `hdlr${'\0'.repeat(8)}${handler}`,
  )
}

/** A track of video has a codec whose name begins with V_. */
function typeOfMatroska(head: string): MediaType {
  const isSound = /\x86[\x81-\xff]A_/.test(head) && !/\x86[\x81-\xff]V_/.test(head)
  const isWebm = /\x42\x82[\x81-\xff]webm/.test(head)
  if (isSound) return isWebm ? types.weba : types.mka
  return isWebm || !/matroska/.test(head) ? types.webm : types.mkv
}

/** The type that an extension or a format of a config names. */
export function mediaTypeNamed(format: string): MediaType | undefined {
  const known = format.toLowerCase().replace('jpeg', 'jpg')
  return Object.hasOwn(types, known) ? types[known as keyof typeof types] : undefined
}
