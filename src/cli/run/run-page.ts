/** The page of `view` in the process of a run: it opens as soon as there is a dataset, and stays when the run is over. */
import { once } from 'node:events'
import type { startView } from '../../entries/pages.ts'
import type { Run } from '../../index.ts'
import { underNpm } from '../options/environment.ts'
import { writeErr } from '../output/output.ts'
import { watchSignals } from '../process/signals.ts'

export class RunPage {
  #server: ReturnType<typeof startView> | undefined
  #path: string | undefined
  #stop: AbortSignal | undefined

  /** @param stop that of the run. @returns the run itself, watched */
  follow<R extends Run<unknown>>(run: R, stop: AbortSignal): R {
    this.#stop = stop
    void this.#watch(run)
    return run
  }

  /** Until the next signal, unless one came during the run: it may have come too late to end it. */
  async stay(exitCode: number): Promise<void> {
    const isSignalled = (this.#stop?.reason as { readonly kind?: string } | undefined)?.kind === 'signal'
    const stays = exitCode <= 128 && !isSignalled
    if (stays) this.#open()
    const server = await this.#server?.catch(() => undefined)
    if (server === undefined) return
    if (stays) {
      const signals = watchSignals({ underNpm: underNpm() })
      writeErr(`The run is over; the page stays at ${server.url}. Ctrl-C ends it.\n`)
      if (!signals.signal.aborted) await once(signals.signal, 'abort')
      signals.dispose()
    }
    await server.close()
  }

  async #watch(run: Run<unknown>): Promise<void> {
    for await (const event of run.events()) {
      if (event.type === 'decided') this.#path = event.path
      if (event.type === 'started') this.#open()
    }
  }

  /** A page that cannot open costs no run. */
  #open(): void {
    if (this.#path === undefined || this.#server !== undefined) return
    this.#server = pageOf(this.#path)
    this.#server.then(
      ({ url }) => writeErr(`The page of this run: ${url}\n`),
      (error: unknown) => writeErr(`The page of this run cannot open: ${String(error)}\n`),
    )
  }
}

/** Runs without a page load none. */
async function pageOf(path: string): ReturnType<typeof startView> {
  const { startView } = await import('../../entries/pages.ts')
  return startView(path)
}
