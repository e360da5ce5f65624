import { createHash } from 'node:crypto'

/** SHA-256 of text (UTF-8) or bytes, as 64 lower-case hex digits. */
export function sha256(input: string | Uint8Array): string {
  return createHash('sha256').update(input).digest('hex')
}

/** SHA-256 of bytes that come in parts. */
export async function sha256OfParts(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256')
  for await (const part of parts) hash.update(part)
  return hash.digest('hex')
}

/** SHA-256 of text or bytes that come in parts, without waiting in between. */
export interface RunningSha256 {
  update(part: string | Uint8Array): RunningSha256
  /** 64 lower-case hex digits; the end of it. */
  digest(): string
}

export function runningSha256(): RunningSha256 {
  const hash = createHash('sha256')
  const running: RunningSha256 = {
    update(part) {
      hash.update(part)
      return running
    },
    digest: () => hash.digest('hex'),
  }
  return running
}
