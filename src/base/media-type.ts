/** What the first bytes of a file say it is. */
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
  mp3: { kind: 'audio', extension: 'mp3', name: 'audio/mpeg' },
  wav: { kind: 'audio', extension: 'wav', name: 'audio/wav' },
  mp4: { kind: 'video', extension: 'mp4', name: 'video/mp4' },
  mov: { kind: 'video', extension: 'mov', name: 'video/quicktime' },
  webm: { kind: 'video', extension: 'webm', name: 'video/webm' },
} as const satisfies Record<string, MediaType>

/** Undefined for what is none of these. Looks at 12 bytes. */
export function mediaTypeOf(bytes: Uint8Array): MediaType | undefined {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(12, bytes.byteLength)).toString('latin1')
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return types.png
  if (head.startsWith('\xff\xd8\xff')) return types.jpg
  if (/^GIF8[79]a/.test(head)) return types.gif
  if (/^RIFF.{4}WEBP/s.test(head)) return types.webp
  if (/^RIFF.{4}WAVE/s.test(head)) return types.wav
  if (/^(?:ID3|\xff[\xe2\xe3\xf2\xf3\xfa\xfb])/.test(head)) return types.mp3
  if (/^.{4}ftypqt/s.test(head)) return types.mov
  if (/^.{4}ftyp/s.test(head)) return types.mp4
  if (head.startsWith('\x1aE\xdf\xa3')) return types.webm
  return undefined
}

/** The type that an extension or a format of a config names. */
export function mediaTypeNamed(format: string): MediaType | undefined {
  const known = format.toLowerCase().replace('jpeg', 'jpg')
  return Object.hasOwn(types, known) ? types[known as keyof typeof types] : undefined
}
