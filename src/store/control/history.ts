/**
 * What happened to a dataset, over all processes: `.rowsmith/events.jsonl`, one JSON object a line, oldest first.
 *
 * Rules:
 *   1. It is a story for readers, and never needed to go on. The holder of the lock replaces it whole, so that it is never torn.
 *   2. A start without an end is a process that died, or lives.
 *   3. The latest lines are stored. A line that cannot be read is passed over by readers, and stays.
 *   4. Every line has a number and a checksum, and the last one says that it is the last: what is damaged or missing can be determined. Who
 *      adds to a story that lost its end leaves a number out. Lines of an earlier Rowsmith have none of these.
 */

import { present } from '../../base/errors/present.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, toValue, type ValueObject } from '../../base/values/value.ts'
import type { FileOwner } from '../files/atomic-file.ts'
import { requireChecksum, withChecksum } from '../files/checksum.ts'
import type { DatasetDirectory } from '../files/dataset-directory.ts'

/** One thing that happened. What else it has depends on what it is. */
export interface HistoryEvent {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Of the process: the number of its lock. */
  readonly epoch: number
  /** `start`, `end`, `retry`, ... */
  readonly event: string
  readonly [detail: string]: unknown
}

/** What can be determined of the file. */
export interface FoundHistory {
  readonly lines: number
  /** Those that can be read, without what the file adds to them. */
  readonly events: readonly ValueObject[]
  /** Places where numbers are missing between two lines. */
  readonly gaps: number
  /** Whether it lost its end. */
  readonly isCut: boolean
  /** As they stand there, for a writer that adds to them. */
  readonly texts: readonly string[]
}

interface Line {
  readonly text: string
  /** Undefined when it cannot be read, or is not what was written. */
  readonly event: ValueObject | undefined
  /** Undefined for a line without one. */
  readonly number: number | undefined
  readonly isLast: boolean
}

const linesMax = 5_000

/** The file in the hands of the holder of the lock: read once, since no other process writes to it (rule 1). */
export class HistoryFile {
  readonly #directory: DatasetDirectory
  readonly #writer: FileOwner
  #lines: readonly Line[] | undefined

  /** @param found the file, where it was read already */
  constructor(directory: DatasetDirectory, writer: FileOwner, found?: FoundHistory) {
    this.#directory = directory
    this.#writer = writer
    this.#lines = found?.texts.map(lineIn)
  }

  /** Adds events, durably. @throws RowsmithError of class storage */
  async record(events: readonly HistoryEvent[]): Promise<void> {
    const before = this.#lines ?? (await linesOf(this.#directory)) ?? []
    const readable = before.map((line, index) =>
      line.isLast && index === before.length - 1
        ? lineText(eventOf(line), line.number ?? 0, false)
        : line.text,
    )
    const added = textsOf(
      events.map((event) => toValue(event) as ValueObject),
      nextNumber(before),
    )
    const texts = [...readable, ...added].slice(-linesMax)
    await this.#directory.replace(this.#directory.layout.events, `${texts.join('\n')}\n`, this.#writer)
    this.#lines = texts.map(lineIn)
  }
}

/** @returns undefined when there is no such file @throws RowsmithError io_error */
export async function readLastLine(directory: DatasetDirectory): Promise<FoundHistory | undefined> {
  const lines = await linesOf(directory)
  if (lines === undefined) return undefined
  const last = lines.at(-1)
  const gaps = lines.filter(({ number }, index) => {
    const before = lines.findLastIndex((line, at) => at < index && line.number !== undefined)
    return number !== undefined && before !== -1 && number - (lines[before]?.number ?? 0) !== index - before
  })
  return {
    lines: lines.length,
    events: eventsOf(lines),
    gaps: gaps.length,
    isCut: last === undefined || (last.number !== undefined && !last.isLast),
    texts: lines.map(({ text }) => text),
  }
}

/** The text of a file that holds these events and no others. */
export function historyText(events: readonly ValueObject[]): string {
  return `${textsOf(events, 1).join('\n')}\n`
}

function eventsOf(lines: readonly Line[]): ValueObject[] {
  return lines.flatMap((line) => (line.event === undefined ? [] : [eventOf(line)]))
}

/** The event without what the file adds to it. */
function eventOf({ event = {} }: Line): ValueObject {
  const { n: _, last: __, sha256: ___, ...rest } = event
  return rest
}

/** What cannot be read had a number too. */
function nextNumber(lines: readonly Line[]): number {
  const index = lines.findLastIndex(({ number }) => number !== undefined)
  if (index === -1) return lines.length + 1
  const { number, isLast } = present(lines[index], 'lines')
  const isCut = index === lines.length - 1 && !isLast
  return (number ?? 0) + (lines.length - 1 - index) + (isCut ? 2 : 1)
}

function textsOf(events: readonly ValueObject[], first: number): string[] {
  return events.map((event, index) => lineText(event, first + index, index === events.length - 1))
}

function lineText(event: ValueObject, number: number, isLast: boolean): string {
  return formatJson(withChecksum({ n: BigInt(number), ...event, ...(isLast ? { last: true } : {}) }))
}

async function linesOf(directory: DatasetDirectory): Promise<Line[] | undefined> {
  const { layout } = directory
  const bytes = await directory.readIfThere(layout.events)
  if (bytes === undefined) return undefined
  const lines = new TextDecoder().decode(bytes).split('\n')
  return lines.flatMap((line) => (line === '' ? [] : [lineIn(line)]))
}

function lineIn(text: string): Line {
  const unreadable = { text, event: undefined, number: undefined, isLast: false }
  try {
    const event = parseJson(text)
    if (!isValueObject(event)) return unreadable
    const isNumbered = typeof event.n === 'bigint'
    if (isNumbered !== Object.hasOwn(event, 'sha256')) return unreadable
    requireChecksum(event, 'A line', 'io_error')
    return { text, event, number: isNumbered ? Number(event.n) : undefined, isLast: event.last === true }
  } catch {
    return unreadable
  }
}
