/**
 * A second reader of journals, replies and data files, written from the formats' descriptions alone.
 *
 * It shares no code with the rest of `src`, so a mistake there cannot hide itself. Slow and plain on purpose.
 * Of the disk it takes only the contract: the same checks read a modelled disk and a real one.
 */

import zlib from 'node:zlib'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { present } from '../../base/errors/present.ts'
import type { Disk } from '../../disk/disk.ts'

/** The bodies of all whole frames of a log file, in file order, without the log's own. */
export function recordsIn(file: Uint8Array): string[] {
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

/**
 * Answers on the disk, by effect key: the raw reply, as the provider gave it. Of several the first counts.
 * Those that another dataset paid for are of a kind of their own. A replies file that is not whole holds none; `brokenFiles` names it.
 */
export async function storedAnswers(
  disk: Disk,
  directory: string,
  kind: 'reply' | 'reused' = 'reply',
): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  const take = (record: string): void => {
    const { t, k, body } = JSON.parse(record) as { t: string; k?: string; body?: unknown }
    if (t === kind && k !== undefined && !answers.has(k)) answers.set(k, JSON.stringify(body))
  }
  const own = `${directory}/.rowsmith`
  const journals = await journalsOf(disk, own)
  const order = (path: string): number[] =>
    path
      .slice(path.lastIndexOf('/') + 1)
      .split(/[-.]/)
      .slice(0, 2)
      .map(Number)
  journals.sort(
    (a, b) =>
      present(order(a)[0], 'order') - present(order(b)[0], 'order') ||
      present(order(a)[1], 'order') - present(order(b)[1], 'order'),
  )
  for (const name of journals) {
    for (const record of recordsIn(await disk.readFile(name))) take(record)
  }
  for (const line of await publishedLines(disk, directory)) take(line)
  return answers
}

/** Those of published row groups, by effect key: of these none can be another's. */
export async function publishedAnswers(disk: Disk, directory: string): Promise<Map<string, string>> {
  const records = (await publishedLines(disk, directory)).map(
    (line) => JSON.parse(line) as { t: string; k?: string; body?: unknown },
  )
  return new Map(
    records.flatMap(({ t, k, body }) => (t === 'reply' ? [[k ?? '', JSON.stringify(body)]] : [])),
  )
}

async function publishedLines(disk: Disk, directory: string): Promise<string[]> {
  const folder = `${directory}/.rowsmith/replies`
  const lines: string[] = []
  for (const name of await disk.list(folder))
    lines.push(...(replyLines(await disk.readFile(`${folder}/${name}`)) ?? []))
  return lines
}

/** The journal of a dataset, and those of its blocks: paths of segments. */
async function journalsOf(disk: Disk, own: string): Promise<string[]> {
  const blocks = await disk.list(`${own}/blocks`)
  const folders = [own, ...blocks.map((block) => `${own}/blocks/${block}`)].map(
    (folder) => `${folder}/journal`,
  )
  const segments: string[] = []
  for (const folder of folders) {
    const names = (await disk.list(folder)).filter((name) => name.endsWith('.log'))
    segments.push(...names.map((name) => `${folder}/${name}`))
  }
  return segments
}

/** Rows of which a tool or a function may have run, and left nothing: its intent has no outcome. */
export async function openCalls(disk: Disk, directory: string, name: string): Promise<Set<number>> {
  const open = new Set<string>()
  const ended = new Set<string>()
  for (const path of await journalsOf(disk, `${directory}/.rowsmith`)) {
    for (const record of recordsIn(await disk.readFile(path))) {
      const { t, k, m } = JSON.parse(record) as { t: string; k?: string; m?: string }
      if (k === undefined || m !== name) continue
      if (t === 'intent') open.add(k)
      else ended.add(k)
    }
  }
  return new Set([...open].filter((key) => !ended.has(key)).map((key) => Number(key.split('/')[0])))
}

/** One published row group, read from one of its files. */
export interface PublishedGroup {
  readonly group: number
  readonly firstRow: number
  readonly plannedRows: number
  readonly rows: readonly Record<string, unknown>[]
  readonly droppedRows: ReadonlySet<number>
  /** Why they were, by row. */
  readonly dropCodes: ReadonlyMap<number, string>
}

/** Where the row groups of a dataset lie: apart from the table that readers see, when a stage makes that. */
export async function rawFolder(disk: Disk, directory: string): Promise<string> {
  const generated = '.rowsmith/generated'
  return (await disk.list(`${directory}/${generated}`)).length > 0 ? generated : 'parquet-files'
}

/** Every file of a folder of data, read to the last cell. @throws what the Parquet reader throws for a file that is not whole */
export async function publishedGroups(
  disk: Disk,
  directory: string,
  name = 'parquet-files',
): Promise<PublishedGroup[]> {
  const folder = `${directory}/${name}`
  const groups: PublishedGroup[] = []
  for (const name of (await disk.list(folder)).filter((each) => each.endsWith('.parquet'))) {
    const { footer, rows } = await readParquet(await disk.readFile(`${folder}/${name}`))
    const dropped = JSON.parse(footer.get('rowsmith.dropped') ?? '[]') as [number, string, string][]
    groups.push({
      group: Number(footer.get('rowsmith.group')),
      firstRow: Number(footer.get('rowsmith.first_row')),
      plannedRows: Number(footer.get('rowsmith.planned_rows')),
      rows,
      droppedRows: new Set(dropped.map(([row]) => row)),
      dropCodes: new Map(dropped.map(([row, , code]) => [row, code])),
    })
  }
  return groups.sort((a, b) => a.group - b.group)
}

/** The rows of a dataset as JSON, whatever group they are in. */
export async function rowsThere(disk: Disk, directory: string): Promise<string[]> {
  const groups = await publishedGroups(disk, directory, await rawFolder(disk, directory))
  return groups.flatMap(({ rows }) =>
    rows.map((row) =>
      JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
    ),
  )
}

/** Files of the data folders that are there and not whole: their paths, with what the reader says. */
export async function brokenFiles(disk: Disk, directory: string): Promise<string[]> {
  const broken: string[] = []
  const processors = await disk.list(`${directory}/processors-files`)
  const ofProcessors = processors.map((name) => `processors-files/${name}`)
  const generated = '.rowsmith/generated'
  for (const folder of [
    ...['parquet-files', 'dropped-columns-parquet-files', ...ofProcessors],
    ...[generated, `${generated}/dropped-columns-parquet-files`, `${generated}/processors-files/chat`],
  ]) {
    for (const name of await disk.list(`${directory}/${folder}`)) {
      if (!name.endsWith('.parquet')) continue
      try {
        await readParquet(await disk.readFile(`${directory}/${folder}/${name}`))
      } catch (error) {
        broken.push(`${folder}/${name}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
  }
  for (const name of await disk.list(`${directory}/.rowsmith/replies`)) {
    const path = `.rowsmith/replies/${name}`
    if (replyLines(await disk.readFile(`${directory}/${path}`)) === undefined) broken.push(path)
  }
  return broken
}

/** Undefined for a file that is not whole. */
function replyLines(file: Uint8Array): string[] | undefined {
  try {
    const lines = zlib.zstdDecompressSync(file).toString('utf8').split('\n')
    return file.byteLength > 0 && lines.pop() === '' ? lines : undefined
  } catch {
    return undefined
  }
}

/** The files of the table that readers take for the dataset, by path below the directory. */
export async function tableFiles(disk: Disk, directory: string): Promise<Map<string, Uint8Array>> {
  const files = await dataFiles(disk, directory)
  return new Map([...files].filter(([path]) => path.startsWith('parquet-files/')))
}

/** The raw row groups of a dataset with a stage, and what lies with them, by path below the directory. */
export function generatedFiles(disk: Disk, directory: string): Promise<Map<string, Uint8Array>> {
  return filesIn(disk, directory, ['.rowsmith/generated'])
}

/** What metadata.json says of the stage; undefined when it says nothing. */
export async function postProcessingMarker(disk: Disk, directory: string): Promise<string | undefined> {
  const path = `${directory}/metadata.json`
  if ((await disk.stat(path)) === undefined) return undefined
  const text = new TextDecoder().decode(await disk.readFile(path))
  return (JSON.parse(text) as { post_generation_state?: string }).post_generation_state
}

/** The files that a dataset consists of for its readers, by path below the directory; with a stage its raw row groups too. */
export async function dataFiles(disk: Disk, directory: string): Promise<Map<string, Uint8Array>> {
  const folders = ['parquet-files', 'dropped-columns-parquet-files', 'processors-files', 'images']
  return filesIn(disk, directory, [...folders, '.rowsmith/generated'])
}

/** Every file of a dataset directory, by path below it. */
export async function everyFile(disk: Disk, directory: string): Promise<Map<string, Uint8Array>> {
  return filesIn(disk, directory, ['.'])
}

async function filesIn(
  disk: Disk,
  directory: string,
  folders: readonly string[],
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>()
  const walk = async (folder: string): Promise<void> => {
    for (const name of await disk.list(`${directory}/${folder}`)) {
      const path = `${folder}/${name}`
      const found = await disk.stat(`${directory}/${path}`)
      if (found?.kind === 'directory') await walk(path)
      else files.set(path, await disk.readFile(`${directory}/${path}`))
    }
  }
  for (const folder of folders) await walk(folder)
  return files
}

async function readParquet(
  bytes: Uint8Array,
): Promise<{ footer: Map<string, string>; rows: Record<string, unknown>[] }> {
  const file = new Uint8Array(bytes).buffer
  const metadata = parquetMetadata(file)
  const footer = new Map((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value ?? '']))
  const rows = await parquetReadObjects({
    file,
    compressors: { ZSTD: (input) => new Uint8Array(zlib.zstdDecompressSync(input)) },
  })
  return { footer, rows }
}

/** CRC-32C of "<file id> <offset> <body>". */
function checksum(fileId: string, offset: number, body: Uint8Array): string {
  let crc = 0xffffffff
  for (const bytes of [Buffer.from(`${fileId} ${offset} `), body]) {
    for (const byte of bytes) crc = (crc >>> 8) ^ Number(ofByte[(crc ^ byte) & 0xff])
  }
  return (~crc >>> 0).toString(16).padStart(8, '0')
}

/** CRC-32C of each byte, one bit at a time. */
const ofByte = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  return crc
})
