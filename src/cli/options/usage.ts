/** Reading the values of options: each throws a RowsmithError `usage` that names the option and the value seen. */
import { usageError } from '../../base/text/flag-values.ts'

/** How many rows may be lost before a run counts as short: a number of rows or a share of those planned. */
export type DropLimit = { readonly rows: number } | { readonly percent: number }

/** `10` rows or `5%` of the rows planned. */
export function parseDropLimit(text: string): DropLimit {
  const match = /^(\d+(?:\.\d+)?)%$/.exec(text)
  if (match !== null && Number(match[1]) <= 100) return { percent: Number(match[1]) }
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { rows: Number(text) }
  throw usageError(`--max-dropped takes a number of rows or a percentage such as 5%, not "${text}"`)
}

/** True when `dropped` of `planned` rows is more than what is allowed. */
export function exceeds(dropLimit: DropLimit, dropped: number, planned: number): boolean {
  return dropped > ('rows' in dropLimit ? dropLimit.rows : (planned * dropLimit.percent) / 100)
}

/** `3,17-20`: rows and ranges of rows between commas. */
export function parseRowRanges(text: string): (readonly [first: number, last: number])[] {
  return text.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) {
      throw usageError(`--rows takes rows and ranges such as 3,17-20, not "${text}"`)
    }
    return [Number(first), Number(last)]
  })
}

/** Names between commas; a name that holds a comma itself stands in double quotes, doubled inside. */
export function parseColumns(text: string): readonly string[] {
  const names = [...text.matchAll(/\s*(?:"((?:[^"]|"")*)"|([^,"]+))\s*(?:,|$)/gy)]
  const length = names.reduce((sum, [whole]) => sum + whole.length, 0)
  const last = names.at(-1)
  if (last === undefined || length !== text.length || last[0].endsWith(',')) {
    throw usageError(`--columns takes names between commas, such as topic,text, not "${text}"`)
  }
  return names.map(([, inQuotes, plain = '']) => inQuotes?.replaceAll('""', '"') ?? plain.trim())
}
