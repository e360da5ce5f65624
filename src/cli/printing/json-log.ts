/** What a run says, as lines of JSON on stderr: `--log-format json`. */
import { eventLine } from '../../entries/commands.ts'
import type { RowsmithError, RunEvent } from '../../index.ts'
import { legacyCode } from '../output/json-output.ts'
import { writeErr } from '../output/output.ts'
import type { RunView } from './progress.ts'

/** Between two lines of progress. */
const progressEveryMs = 10_000

export class JsonLog implements RunView {
  readonly #quiet: boolean
  readonly #verbose: boolean
  #progressAt = Number.NEGATIVE_INFINITY

  constructor({ quiet, verbose }: { readonly quiet: boolean; readonly verbose: boolean }) {
    this.#quiet = quiet
    this.#verbose = verbose
  }

  show(event: RunEvent): void {
    if (this.#quiet && event.type !== 'warning') return
    if (event.type === 'progress' && !this.#verbose) {
      const now = performance.now()
      if (now - this.#progressAt < progressEveryMs) return
      this.#progressAt = now
    }
    writeErr(`${eventLine(event, Date.now())}\n`)
  }

  close(): void {}
}

export function errorLine(error: RowsmithError): string {
  const { code, message, nextStep } = error
  const line = {
    time: new Date().toISOString(),
    level: 'error',
    event: 'error',
    code,
    ...legacyCode(error),
    message,
    next_step: nextStep,
  }
  return `${JSON.stringify(line)}\n`
}
