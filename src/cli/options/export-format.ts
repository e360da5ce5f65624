/** The options of an export: its format, the fields of a format, splits. */

import { usageError } from '../../base/text/flag-values.ts'
import { exportFormats, fileFormats } from '../../entries/commands.ts'
import type { ExportFormat, FileFormat } from '../../index.ts'

export function parseExportFormat(text: string): ExportFormat {
  const format = exportFormats.find((known) => known === text)
  if (format === undefined) throw usageError(`--format takes ${exportFormats.join(', ')}, not "${text}"`)
  return format
}

/** Of a command that exports whole rows when it is done. */
export function parseFileFormat(text: string): FileFormat {
  const format = fileFormats.find((known) => known === text)
  if (format !== undefined) return format
  const forTrainers = exportFormats.some((known) => known === text)
  throw usageError(
    `--format takes ${fileFormats.join(', ')} here, not "${text}"`,
    forTrainers ? `Export the finished dataset: rowsmith export DATASET_DIR -f ${text}` : undefined,
  )
}

/** `prompt=question,chosen=answer`: fields of a format and the columns that they come from. */
export function parseMapping(text: string): Readonly<Record<string, string>> {
  const mapping = new Map<string, string>()
  for (const [, field = '', quoted, plain = ''] of pairsIn(text)) {
    if (mapping.has(field)) throw usageError(`--map names the field ${field} twice`)
    mapping.set(field, quoted?.slice(1, -1).replaceAll('""', '"') ?? plain.trim())
  }
  return Object.fromEntries(mapping)
}

function pairsIn(text: string): readonly RegExpMatchArray[] {
  const pairs = [...text.matchAll(/\s*([a-z_]+)\s*=\s*(?:("(?:[^"]|"")*")|([^,"=]+))\s*(?:,(?=.)|$)/gy)]
  const length = pairs.reduce((sum, [whole]) => sum + whole.length, 0)
  if (pairs.length > 0 && length === text.length) return pairs
  throw usageError(`--map takes fields and columns, such as prompt=question,completion=answer, not "${text}"`)
}

export function parseToolsAs(text: string): 'json' | 'text' {
  if (text === 'json' || text === 'text') return text
  throw usageError(`--tools-as takes json or text, not "${text}"`)
}

export function parseMargin(text: string): number {
  const margin = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (!Number.isFinite(margin))
    throw usageError(`--min-margin takes a number such as 1 or 0.5, not "${text}"`)
  return margin
}

/** `train=0.9,test=0.1` or `train=90%,test=10%`: shares of splits by name. What they must add up to, the export checks. */
export function parseShares(text: string): Readonly<Record<string, number>> {
  const shares = new Map<string, number>()
  for (const part of text.split(',')) {
    const [, name = '', number = '', percent] =
      /^\s*([^\s=]+)\s*=\s*(\d+(?:\.\d+)?|\.\d+)(%?)\s*$/.exec(part) ?? []
    if (name === '')
      throw usageError(`--split takes names and shares, such as train=0.9,test=0.1, not "${text}"`)
    if (shares.has(name)) throw usageError(`--split names ${name} twice`)
    shares.set(name, percent === '%' ? Number(number) / 100 : Number(number))
  }
  return Object.fromEntries(shares)
}
