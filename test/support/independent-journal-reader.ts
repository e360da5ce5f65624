/**
 * A second reader of journal files, written from the format's description alone: it shares no code with `src`,
 * so a mistake there cannot hide itself. Slow and plain on purpose.
 */

/** The bodies of all whole frames of a file, in file order, without the log's own. */
export function framesIn(file: Uint8Array): string[] {
  const bytes = Buffer.from(file)
  const text = bytes.toString('latin1')
  const fileId = /^[0-9a-f]{8} \d+ @log 1 (\S+)/.exec(text)?.[1]
  if (fileId === undefined) return []
  const bodies: string[] = []
  const head = /([0-9a-f]{8}) ([1-9][0-9]*) /y
  let at = 0
  while (at < bytes.length) {
    head.lastIndex = at
    const found = head.exec(text)
    const start = head.lastIndex
    const end = start + Number(found?.[2] ?? 0)
    if (
      found === null ||
      text[end] !== '\n' ||
      found[1] !== checksum(fileId, at, bytes.subarray(start, end))
    ) {
      at++
      continue
    }
    const body = bytes.toString('utf8', start, end)
    if (!body.startsWith('@')) bodies.push(body)
    at = end + 1
  }
  return bodies
}

/** CRC-32C, one bit at a time, of "<file id> <offset> <body>". */
function checksum(fileId: string, offset: number, body: Uint8Array): string {
  let crc = 0xffffffff
  for (const byte of [...Buffer.from(`${fileId} ${offset} `), ...body]) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (~crc >>> 0).toString(16).padStart(8, '0')
}
