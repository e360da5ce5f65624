/** Rows as a small aligned table for a terminal. */
import { present } from '../../base/errors/present.ts'
import { formatJson } from '../../base/values/json.ts'
import type { Value } from '../../index.ts'
import { displayWidth, fitting, onOneLine } from './terminal-text.ts'

const columnWidthMax = 48
const columnWidthMin = 6
const gap = '  '

/**
 * Draws rows under their column names, cut to fit `width` terminal cells; columns that do not fit are counted in a last line.
 *
 * @param rows objects that share their keys
 * @param width terminal cells per line
 */
export function formatTable(rows: readonly Readonly<Record<string, Value>>[], width: number): string {
  const names = Object.keys(rows[0] ?? {})
  const cells = rows.map((row) =>
    names.map((name) => oneLine(Object.hasOwn(row, name) ? present(row[name], 'row') : null)),
  )
  const natural = names.map((name, index) =>
    // One by one: as arguments of one call, the cells of a whole dataset would overflow the stack.
    cells.reduce(
      (widest, line) =>
        Math.min(columnWidthMax, Math.max(widest, displayWidth(present(line[index], 'line')))),
      Math.min(columnWidthMax, displayWidth(oneLine(name))),
    ),
  )
  const shown = Math.max(1, Math.min(names.length, Math.floor(width / (columnWidthMin + gap.length))))
  const widths = shrink(natural.slice(0, shown), width)
  const draw = (line: readonly string[]): string =>
    widths
      .map((cellWidth, index) => cell(present(line[index], 'line'), cellWidth))
      .join(gap)
      .trimEnd()
  const lines = [draw(names.map(oneLine)), ...cells.map(draw)]
  if (shown < names.length) lines.push(`(and ${names.length - shown} more columns)`)
  return lines.join('\n')
}

/** Takes from the widest columns until the line fits. */
function shrink(natural: readonly number[], width: number): number[] {
  const widths = [...natural]
  let excess = widths.reduce((sum, cellWidth) => sum + cellWidth + gap.length, -gap.length) - width
  while (excess > 0) {
    const widest = Math.max(...widths)
    if (widest <= columnWidthMin) break
    widths[widths.indexOf(widest)] = widest - 1
    excess--
  }
  return widths
}

/** A value on one line, free of control characters: what a model wrote must not steer a terminal. */
function oneLine(value: Value): string {
  const text = value === null ? 'null' : typeof value === 'string' ? value : formatJson(value)
  return onOneLine(text.slice(0, 4 * columnWidthMax))
}

function cell(text: string, width: number): string {
  const missing = width - displayWidth(text)
  if (missing >= 0) return text + ' '.repeat(missing)
  const cut = fitting(text, width - 1)
  return `${cut}…${' '.repeat(width - displayWidth(cut) - 1)}`
}
