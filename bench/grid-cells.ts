/** Which cells the grid has, and how many rows each of them makes. */
import { type Shape, shapes } from './grid-shapes.ts'

const latencies = [0, 20, 200, 1000]
const limits = [4, 16, 64, 256, 1024]
const quickLatencies = [20, 200]
const quickLimits = [4, 256]

export interface GridCell {
  readonly shape: Shape
  readonly latencyMs: number
  /** Requests in flight at once, at most. */
  readonly limit: number
}

/** What a client gets. */
export interface GridJob {
  /** A config file. */
  readonly config: string
  readonly endpoint: string
  readonly artifacts: string
  readonly records: number
  /** Starts the server whose tools the config names. */
  readonly tools: { readonly name: string; readonly command: string; readonly args: readonly string[] }
}

export interface GridChoice {
  /** Two latencies, two limits. */
  readonly quick: boolean
  /** Cells whose name has this in it. */
  readonly only: string
}

export const cellName = ({ shape, latencyMs, limit }: GridCell): string =>
  `${shape.name}, ${latencyMs} ms, ${limit} in flight`

export function gridOf({ quick, only }: GridChoice): GridCell[] {
  return shapes
    .flatMap((shape) =>
      latencies.flatMap((latencyMs) => limits.map((limit): GridCell => ({ shape, latencyMs, limit }))),
    )
    .filter(
      ({ latencyMs, limit }) => !quick || (quickLatencies.includes(latencyMs) && quickLimits.includes(limit)),
    )
    .filter((cell) => cellName(cell).includes(only))
}

/** Model cells per second that latency and limit allow; more than any client makes where there is no latency. */
export const attainable = ({ latencyMs, limit, shape: { turns = 1 } }: GridCell): number =>
  latencyMs === 0 ? Number.POSITIVE_INFINITY : (1000 * limit) / (latencyMs * turns)

/**
 * Rows that take about so long: enough to be full for most of the time, few enough to have an end.
 *
 * @param most requests per second that the client makes, roughly
 */
export function recordsFor(cell: GridCell, seconds: number, most: number): number {
  const cells = seconds * Math.min(attainable(cell), most / (cell.shape.turns ?? 1))
  return Math.max(8, Math.round(cells / cell.shape.cells))
}
