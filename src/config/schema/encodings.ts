/**
 * Encodings of text files, by the names Python has for them.
 *
 * Rules:
 *   1. Bytes that are no text in the encoding are an error, never replaced.
 *   2. A byte order mark stays in the text, as in Python, but where the name says that it goes (`utf-8-sig`, `utf-16`).
 */

type Decode = (bytes: Uint8Array) => string

/** Names of Python's that are none of the platform's, or mean something else there. */
const others: Readonly<Record<string, Decode>> = {
  'utf-8-sig': (bytes) => new TextDecoder('utf-8', { fatal: true }).decode(bytes),
  'utf-16': (bytes) => {
    const big = bytes[0] === 0xfe && bytes[1] === 0xff
    return new TextDecoder(big ? 'utf-16be' : 'utf-16le', { fatal: true }).decode(bytes)
  },
  ascii: (bytes) => {
    if (bytes.some((byte) => byte > 0x7f)) throw new TypeError('not ASCII')
    return Buffer.from(bytes).toString('latin1')
  },
  'latin-1': (bytes) => Buffer.from(bytes).toString('latin1'),
}

const aliases: Readonly<Record<string, string>> = {
  utf8: 'utf-8',
  u8: 'utf-8',
  utf16: 'utf-16',
  'us-ascii': 'ascii',
  '646': 'ascii',
  latin1: 'latin-1',
  latin: 'latin-1',
  l1: 'latin-1',
  'iso-8859-1': 'latin-1',
  'iso8859-1': 'latin-1',
  '8859': 'latin-1',
  cp819: 'latin-1',
  'utf-16-le': 'utf-16le',
  'utf-16-be': 'utf-16be',
  cp932: 'shift_jis',
  'shift-jis': 'shift_jis',
  sjis: 'shift_jis',
  cp936: 'gbk',
  cp949: 'euc-kr',
  cp950: 'big5',
  'mac-roman': 'macintosh',
}

/** What reads bytes as text; undefined for an encoding that is not known. It throws for bytes that are no text. */
export function decoderOf(encoding: string): Decode | undefined {
  const plain = encoding.trim().toLowerCase().replaceAll(/[_ ]+/g, '-')
  const name = aliases[plain] ?? plain
  const own = Object.hasOwn(others, name) ? others[name] : undefined
  if (own !== undefined) return own
  const label = /^cp125\d$/.test(name) ? name.replace('cp', 'windows-') : name
  try {
    const decoder = new TextDecoder(label, { fatal: true, ignoreBOM: true })
    return (bytes) => decoder.decode(bytes)
  } catch {
    return undefined
  }
}
