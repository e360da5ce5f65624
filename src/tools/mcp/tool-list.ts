/**
 * The tools that a server lists, page by page.
 *
 * Rules:
 *   1. A tool that cannot be shown to a model is left out, with a sentence; the others stay. No schema, an empty one and null mean an
 *      object without members. What is said of a tool's output is not read.
 *   2. Listing ends: at a page that was seen, at `pagesMax` pages, at `toolsMax` tools. What came until then stays.
 */
import { isValueObject, toValue, type Value, type ValueObject } from '../../base/values/value.ts'
import type { Offer } from '../call/contract.ts'

/** A tool that models do not see. @property name null where it has none */
interface LeftOut {
  readonly name: string | null
  /** A clause: `"a" is left out: its schema is of type array`. */
  readonly why: string
}

/** A tool of a server. @property isTask whether it has to be called as a task */
interface ListedTool extends Offer {
  readonly isTask: boolean
}

export interface ToolList {
  readonly tools: readonly ListedTool[]
  readonly leftOut: readonly LeftOut[]
  /** Why listing ended before its end; null when it did not. */
  readonly cut: string | null
}

const pagesMax = 1000
const toolsMax = 10_000

/** @param page gives the page at a cursor, as the server sent it */
export async function readToolList(
  page: (cursor: string | undefined) => Promise<unknown>,
): Promise<ToolList> {
  const tools = new Map<string, ListedTool>()
  const leftOut: LeftOut[] = []
  const seen = new Set<string>()
  let cut: string | null = null
  let cursor: string | undefined
  for (let pages = 1; ; pages++) {
    const { tools: listed, nextCursor } = Object(await page(cursor)) as Readonly<Record<string, unknown>>
    if (!Array.isArray(listed)) cut = 'a page of its list holds no tools'
    for (const each of Array.isArray(listed) ? listed : []) {
      const found = toolOf(each)
      if ('why' in found) leftOut.push(found)
      else if (!tools.has(found.name)) tools.set(found.name, found)
      else if (!leftOut.some(({ name }) => name === found.name))
        leftOut.push({ name: found.name, why: `"${found.name}" is listed twice, and the first one counts` })
    }
    if (nextCursor === undefined || nextCursor === null || cut !== null) break
    if (typeof nextCursor !== 'string') cut = 'what leads to the next page of its list is no text'
    else if (seen.has(nextCursor))
      cut = `its list gives page after page: ${JSON.stringify(nextCursor.slice(0, 100))} came again`
    else if (pages >= pagesMax) cut = `its list has more than ${pagesMax} pages`
    else if (tools.size >= toolsMax) cut = `it lists more than ${toolsMax} tools`
    if (cut !== null) break
    cursor = nextCursor as string
    seen.add(cursor)
  }
  return { tools: [...tools.values()], leftOut, cut }
}

function toolOf(given: unknown): ListedTool | LeftOut {
  const { name, description, inputSchema, execution } = Object(given) as Readonly<Record<string, unknown>>
  if (typeof name !== 'string' || name === '') return { name: null, why: 'a tool without a name is left out' }
  const parameters = parametersOf(inputSchema)
  if (typeof parameters === 'string')
    return { name, why: `${JSON.stringify(name)} is left out: ${parameters}` }
  const isTask = (Object(execution) as { taskSupport?: unknown }).taskSupport === 'required'
  return { name, description: typeof description === 'string' ? description : '', parameters, isTask }
}

/** A schema of arguments as models see it; or why it is none. One that fits stays as it is. */
function parametersOf(given: unknown): ValueObject | string {
  if (given === undefined || given === null) return noParameters
  let schema: Value
  try {
    schema = toValue(given)
  } catch {
    return 'its schema is nested too deeply'
  }
  if (!isValueObject(schema)) return 'its schema is no object'
  const { type = 'object' } = schema
  if (type !== 'object')
    return `its schema is of type ${JSON.stringify(type, jsonSafe).slice(0, 80)}, and arguments are an object`
  const isOdd = schema.type === undefined || schema.properties === null || schema.required === null
  if (!isOdd) return schema
  const { properties, required, ...rest } = schema
  return {
    ...rest,
    type: 'object',
    properties: properties ?? {},
    ...(required === undefined || required === null ? {} : { required }),
  }
}

const noParameters: ValueObject = { type: 'object', properties: {} }

function jsonSafe(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
