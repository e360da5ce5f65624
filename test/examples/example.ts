/** What the test over `examples/` asks of one of them. A file of this folder is named after the example it is about. */
import type { CreateOptions, Row, Summary } from '../../src/index.ts'

export interface Example {
  /** Rows to make: the examples test makes so many on the simulator; in a workflow, in its first stage. */
  readonly rows: number
  /** Of a workflow: its stages. What is looked at is the dataset of the last one, which may have any number of rows. */
  readonly stages?: readonly string[]
  /** The columns of the dataset, in order. */
  readonly columns: readonly string[]
  /** At least one property of what came out: fails with an assertion. All rows were written, or it says so itself. */
  check(
    rows: readonly Row[],
    made: { readonly path: string; readonly summary: Summary },
  ): void | Promise<void>
  /** What it is run with besides. */
  readonly options?: () => Promise<CreateOptions>
  /** Rows that processors after generation left. @default all that were written */
  readonly left?: number
  /** How many rows may be dropped. @default 0 */
  readonly dropped?: number
}
