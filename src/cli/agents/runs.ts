/**
 * Runs that a client began: each goes on after the call that began it, and is looked at by its dataset.
 *
 * Rule: what ends the server ends its runs as a signal ends a run. What was paid for is stored, and the same call continues.
 */
import { asRowsmithError } from '../../base/errors/errors.ts'
import { type Config, type CreateOptions, create, type Summary } from '../../index.ts'

export interface RunState {
  readonly state: 'running' | 'ended' | 'stopped'
  readonly summary: Summary | null
  readonly error: { readonly code: string; readonly message: string; readonly next_step: string } | null
}

export class Runs {
  readonly #states = new Map<string, RunState>()
  readonly #under = new Set<Promise<unknown>>()
  readonly #stop = new AbortController()

  /** Begins a run, or continues one. @returns its dataset, once it has started @throws RowsmithError what ends it before it decides */
  async begin(config: Config, options: CreateOptions): Promise<string> {
    const run = create(config, { ...options, signal: this.#stop.signal })
    let path: string | undefined
    for await (const event of run.events()) {
      if (event.type === 'decided') path = event.path
      // From here on the dataset is there to be looked at.
      if (event.type === 'started') break
    }
    if (path === undefined) return (await run).path
    this.#follow(path, run)
    return path
  }

  #follow(path: string, run: Promise<{ readonly summary: Summary }>): void {
    this.#states.set(path, { state: 'running', summary: null, error: null })
    const followed = run.then(
      ({ summary }) => void this.#states.set(path, { state: 'ended', summary, error: null }),
      (thrown: unknown) => {
        const { code, message, nextStep } = asRowsmithError(thrown)
        const error = { code, message, next_step: nextStep }
        this.#states.set(path, { state: 'stopped', summary: null, error })
      },
    )
    this.#under.add(followed)
    void followed.finally(() => this.#under.delete(followed))
  }

  /** Null for a dataset that no call of this server began. */
  of(path: string): RunState | null {
    return this.#states.get(path) ?? null
  }

  /** Stops what is running, and waits until it is stored. */
  async close(): Promise<void> {
    this.#stop.abort({ kind: 'signal', name: 'SIGTERM' })
    await Promise.all(this.#under)
  }
}
