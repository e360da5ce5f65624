/**
 * Files of prompts, for example of a benchmark: which texts stand in them, and on which line.
 *
 * Rules:
 *   1. The ending says what a file is: .jsonl, .ndjson, .json (a list), .parquet; any other is text, a prompt a line.
 *   2. Of objects, one field is the prompt. Where it is not named, the only field with text is taken; several are an error that lists them.
 *   3. A line without a text is an error with its number, and never passed over. A blank line of a text is none.
 */
import { extname } from 'node:path'
import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson, parseJson } from '../../base/values/json.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Disk } from '../../disk/disk.ts'
import { wrapDiskError } from '../../disk/storage-error.ts'
import { rowsOfParquet } from '../../store/parquet/parquet-rows.ts'

export interface FilePrompt {
  readonly text: string
  readonly file: string
  /** From 1: a line, or a row of a list or table. */
  readonly line: number
}

/** @throws RowsmithError usage, io_error */
export async function promptsIn(disk: Disk, file: string, field?: string): Promise<FilePrompt[]> {
  const entry = await wrapDiskError('read', file, () => disk.stat(file))
  if (entry === undefined) throw wrong(`There is no file ${file} to look for prompts in.`)
  const bytes = await wrapDiskError('read', file, () => disk.readFile(file))
  const items = await itemsOf(file, bytes)
  if (items.length === 0) throw wrong(`${file} has no prompts: it is empty.`)
  const named = field ?? onlyField(file, items)
  return items.map(({ value, line }) => ({ text: textOf(file, line, value, named), file, line }))
}

interface Item {
  readonly value: Value
  readonly line: number
}

async function itemsOf(file: string, bytes: Uint8Array): Promise<Item[]> {
  const kind = extname(file).toLowerCase()
  if (kind === '.parquet') return numbered(await parquetRows(file, bytes))
  if (kind === '.gz' || kind === '.zst' || kind === '.zip') {
    throw wrong(`${file} is packed: unpack it first.`)
  }
  const text = new TextDecoder('utf-8').decode(bytes)
  if (kind === '.json') {
    const value = parsed(file, 1, text)
    if (!Array.isArray(value)) throw wrong(`${file} is no list of prompts.`)
    return numbered(value)
  }
  const lines = text.split(/\r?\n/).map((line, at) => ({ text: line, line: at + 1 }))
  const full = lines.filter((line) => line.text.trim() !== '')
  const isJson = kind === '.jsonl' || kind === '.ndjson'
  return full.map((each) => ({
    value: isJson ? parsed(file, each.line, each.text) : each.text,
    line: each.line,
  }))
}

const numbered = (values: readonly Value[]): Item[] => values.map((value, at) => ({ value, line: at + 1 }))

async function parquetRows(file: string, bytes: Uint8Array): Promise<Value[]> {
  try {
    return await rowsOfParquet(bytes, file)
  } catch (cause) {
    throw new RowsmithError('usage', `${file} is no Parquet file that can be read.`, { cause })
  }
}

function parsed(file: string, line: number, text: string): Value {
  try {
    return parseJson(text)
  } catch (cause) {
    throw new RowsmithError('usage', `${file}, line ${line}, is not JSON.`, { cause })
  }
}

function onlyField(file: string, items: readonly Item[]): string | undefined {
  const objects = items.map(({ value }) => value).filter(isValueObject)
  const [first] = objects
  if (first === undefined) return undefined
  const names = Object.keys(first).filter((name) => typeof first[name] === 'string')
  if (names.length === 1) return names[0]
  const what = names.length === 0 ? 'no field with text' : `several fields with text: ${names.join(', ')}`
  throw new RowsmithError('usage', `${file} has ${what}.`, {
    nextStep: 'Name the field that holds the prompt: --field NAME',
    facts: { path: file, fields: names },
  })
}

function textOf(file: string, line: number, value: Value, field: string | undefined): string {
  const found = isValueObject(value) && field !== undefined ? value[field] : value
  if (typeof found === 'string') return found
  if (isValueObject(value) && field !== undefined && found === undefined) {
    throw wrong(`${file}, line ${line}, has no field "${field}".`)
  }
  const what = formatJson(found ?? null).slice(0, 60)
  throw wrong(`${file}, line ${line}, has no text where a prompt should be, but ${what}.`)
}

function wrong(message: string): RowsmithError {
  return new RowsmithError('usage', message, {
    nextStep: 'Give files of prompts: JSON lines, a JSON list, Parquet, or text with a prompt a line.',
  })
}
