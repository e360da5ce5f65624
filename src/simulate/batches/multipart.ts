/** A form as clients upload files with it: RFC 7578, whole in memory. */
export interface FormPart {
  readonly name: string
  readonly filename: string | undefined
  readonly bytes: Buffer
}

/** @returns undefined for what is no such form */
export function parseMultipart(contentType: string, body: Buffer): FormPart[] | undefined {
  const boundary = /boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType)
  if (boundary === null) return undefined
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2]}`)
  const parts: FormPart[] = []
  for (let from = body.indexOf(mark); from !== -1; ) {
    const next = body.indexOf(mark, from + mark.length)
    if (next === -1) break
    // After the mark stands a line break, and before the next one another.
    const part = body.subarray(from + mark.length + 2, next - 2)
    const split = part.indexOf('\r\n\r\n')
    if (split !== -1) {
      const head = part.subarray(0, split).toString('utf8')
      const name = /\bname="([^"]*)"/i.exec(head)?.[1] ?? ''
      parts.push({ name, filename: /\bfilename="([^"]*)"/i.exec(head)?.[1], bytes: part.subarray(split + 4) })
    }
    from = next
  }
  return parts
}
