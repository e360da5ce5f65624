/** Logs and replies files as a disk with a planted bug shows them. */
import zlib from 'node:zlib'
import {
  bodyText,
  fileSeed,
  readHeader,
  readRecord,
  recordBytes,
  writeRecord,
} from '../../../src/journal/log-record.ts'
import { wholeLog } from '../../../src/journal/rewrite.ts'

/** A log that has every answer once more at its end. */
export function withAnswersTwice(bytes: Uint8Array, path: string): Uint8Array {
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) return bytes
  const seed = fileSeed(fileId)
  const answers: string[] = []
  for (let at = 0; at < bytes.byteLength; ) {
    const record = readRecord(bytes, at, seed)
    if (record === undefined) break
    const body = bodyText(bytes, record)
    if (body.startsWith('{"t":"reply"')) answers.push(body)
    at = record.next
  }
  const sizes = answers.map((body) => Buffer.byteLength(body))
  const more = sizes.reduce((sum, size) => sum + recordBytes(size), 0)
  const twice = Buffer.alloc(bytes.byteLength + more)
  twice.set(bytes)
  let at = bytes.byteLength
  for (const [index, body] of answers.entries()) at = writeRecord(twice, at, body, sizes[index]!, seed, at)
  return twice
}

/** A log whose intents to call a tool speak of something else. */
export function withoutToolIntents(bytes: Uint8Array, path: string): Uint8Array {
  return retold(bytes, path, (body) =>
    body.startsWith('{"t":"intent"') ? body.replace('"m":"tool:', '"m":"none:') : body,
  )
}

/** A log without the intents of requests that have no outcome in it: in their places are frames that say nothing new. */
export function withoutOpenIntents(bytes: Uint8Array, path: string): Uint8Array {
  const over = new Set<string>()
  retold(bytes, path, (body) => {
    const outcome = /^\{"t":"(?:reply|failed)","g":\d+,"k":"([^"]+)"/.exec(body)
    if (outcome !== null) over.add(outcome[1]!)
    return body
  })
  return retold(bytes, path, (body) => {
    const intent = /^\{"t":"intent","g":(\d+),"k":"([^"]+)"/.exec(body)
    return intent === null || over.has(intent[2]!) ? body : `{"t":"group","g":${intent[1]},"columns":{}}`
  })
}

/** A log in which every refused request is a verdict on its row. */
export function withEarlyFailures(bytes: Uint8Array, path: string): Uint8Array {
  return retold(bytes, path, (body) => {
    const failed = /^\{"t":"failed","g":(\d+),"k":"(\d+)\/([^/]+)\/[^"]*".*"code":"bad_request"/.exec(body)
    if (failed === null) return body
    const [, group, row, column] = failed
    return `{"t":"drop","g":${group},"r":${row},"c":"${column}","code":"bad_request","attempts":1}`
  })
}

/** A commit log that says of every file what lies under its name now: whoever checks by it checks nothing. */
export function withCommitsOf(
  bytes: Uint8Array,
  path: string,
  found: ReadonlyMap<string, { readonly size: number; readonly sha256: string }>,
): Uint8Array {
  return retold(bytes, path, (body) => {
    if (!body.startsWith('{"kind":"group"')) return body
    return body.replace(
      /"path":"([^"]+)"(,"role":"[a-z]+","size":)\d+(,"sha256":")[0-9a-f]{64}/g,
      (whole, file: string, role: string, digest: string) => {
        const now = found.get(file)
        return now === undefined ? whole : `"path":"${file}"${role}${now.size}${digest}${now.sha256}`
      },
    )
  })
}

/** A log as if it had been written under the name that it lies under. */
export function underItsName(bytes: Uint8Array, path: string): Uint8Array {
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) return bytes
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/^(commits-\d+)\.log$/, '$1')
  const named = fileId.replace(/[^/]+$/, name)
  const seed = fileSeed(fileId)
  const bodies: string[] = []
  let ended = false
  for (let at = 0; at < bytes.byteLength; ) {
    const record = readRecord(bytes, at, seed)
    if (record === undefined) break
    const body = bodyText(bytes, record)
    if (body.startsWith('@')) ended = body.endsWith(' end')
    else bodies.push(body)
    at = record.next
  }
  return wholeLog(named, bodies, ended)
}

/** A commit log that does not say which row group has its answers in which segment: one that is gone is not missed. */
export function withoutMentions(bytes: Uint8Array, path: string): Uint8Array {
  const nothing = '{"kind":"cut","segments":[]}'
  return retold(bytes, path, (body) => (body.startsWith('{"kind":"mention"') ? nothing : body))
}

/** A commit log whose cuts name no segment: however much a former writer appended, it counts. */
export function withoutCuts(bytes: Uint8Array, path: string): Uint8Array {
  return retold(bytes, path, (body) =>
    body.startsWith('{"kind":"cut"') ? body.replace(/"segments":\[\[.*?\]\]/, '"segments":[]') : body,
  )
}

/** Every whole frame as `tell` has it, which must be no longer: places of frames stay what they are. */
export function retold(bytes: Uint8Array, path: string, tell: (body: string) => string): Uint8Array {
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) return bytes
  const seed = fileSeed(fileId)
  const other = Buffer.from(bytes)
  for (let at = 0; at < bytes.byteLength; ) {
    const record = readRecord(bytes, at, seed)
    if (record === undefined) break
    const body = bodyText(bytes, record)
    const reported = tell(body)
    if (reported !== body) {
      const size = Buffer.byteLength(body)
      const padded = reported + ' '.repeat(size - Buffer.byteLength(reported))
      writeRecord(other, at, padded, size, seed, at)
    }
    at = record.next
  }
  return other
}

/** A replies file in which every cell has the answer of another cell of its row. */
export function answersOfOtherCells(file: Uint8Array): Uint8Array {
  const lines = zlib.zstdDecompressSync(file).toString('utf8').split('\n')
  const body = ',"body":'
  const rowOf = (line: string): string | undefined => /^\{"t":"reply","g":\d+,"k":"(\d+)\//.exec(line)?.[1]
  const byRow = Map.groupBy(lines.keys(), (index) => rowOf(lines[index]!))
  const reported = [...lines]
  for (const [row, indices] of byRow) {
    if (row === undefined) continue
    for (const [place, index] of indices.entries()) {
      const other = lines[indices[(place + 1) % indices.length]!]!
      const line = lines[index]!
      reported[index] = line.slice(0, line.indexOf(body)) + other.slice(other.indexOf(body))
    }
  }
  return zlib.zstdCompressSync(reported.join('\n'))
}

export function bytesBeforeBadRecord(bytes: Uint8Array, path: string): number {
  const fileId = readHeader(bytes, path)
  if (fileId === undefined) return 0
  const seed = fileSeed(fileId)
  let at = 0
  while (at < bytes.byteLength) {
    const record = readRecord(bytes, at, seed)
    if (record === undefined) break
    at = record.next
  }
  return at
}
