/** The grid as a table in Markdown: both clients of a cell in one line, with their ratio. */
import { attainable, cellName, type GridCell } from './grid-cells.ts'

/** What a client measured of itself. */
export interface Measured {
  readonly rows: number
  readonly seconds: number
  readonly cpu_seconds: number
  readonly peak_rss_mb: number
  readonly loop_delay_p99_ms?: number
}

/** The same, with what the server saw. */
export interface Figures extends Measured {
  readonly records: number
  readonly cells_per_second: number
  readonly cpu_ms_per_cell: number
  /** Mean over the client's time, seen by the server. */
  readonly mean_in_flight: number
}

export interface GridLine {
  readonly cell: GridCell
  readonly rowsmith: Figures
  /** Null where the reference was not measured. */
  readonly reference: Figures | null
}

export const tableHead = [
  '| Cell | cells/s | reference | ratio | of attainable | in flight / limit | reference | CPU ms/cell | reference | RSS MB | reference | lost rows | reference |',
  '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
]

export function tableLine({ cell, rowsmith, reference }: GridLine): string {
  const both = (show: (figures: Figures) => string): string[] => [
    show(rowsmith),
    reference === null ? '-' : show(reference),
  ]
  const most = attainable(cell)
  const columns = [
    cellName(cell),
    ...both(({ cells_per_second }) => short(cells_per_second)),
    reference === null ? '-' : `${short(rowsmith.cells_per_second / reference.cells_per_second)}x`,
    Number.isFinite(most) ? `${Math.round((100 * rowsmith.cells_per_second) / most)}%` : '-',
    ...both(({ mean_in_flight }) => (mean_in_flight / cell.limit).toFixed(2)),
    ...both(({ cpu_ms_per_cell }) => short(cpu_ms_per_cell)),
    ...both(({ peak_rss_mb }) => String(peak_rss_mb)),
    ...both(({ records, rows }) => String(records - rows)),
  ]
  return `| ${columns.join(' | ')} |`
}

/** Three digits or so. */
function short(value: number): string {
  if (value >= 100) return String(Math.round(value))
  return value.toFixed(value >= 10 ? 1 : 2)
}
