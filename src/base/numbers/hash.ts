import { createHash, hash } from 'node:crypto'

/** SHA-256 of text (UTF-8) or bytes, as 64 lower-case hex digits. */
export function sha256(input: string | Uint8Array): string {
  return hash('sha256', input, 'hex')
}

/** SHA-256 of bytes that come in parts. */
export async function sha256OfParts(parts: AsyncIterable<Uint8Array>): Promise<string> {
  const running = createHash('sha256')
  for await (const part of parts) running.update(part)
  return running.digest('hex')
}

/** SHA-256 of text or bytes that come in parts, without waiting in between. */
export interface RunningSha256 {
  update(part: string | Uint8Array): RunningSha256
  /** 64 lower-case hex digits; the end of it. */
  digest(): string
}

export function runningSha256(): RunningSha256 {
  const parts = createHash('sha256')
  const running: RunningSha256 = {
    update(part) {
      parts.update(part)
      return running
    },
    digest: () => parts.digest('hex'),
  }
  return running
}
