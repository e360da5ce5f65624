/** Children of the crash test: started ahead of time, so that a kill is followed by work at once. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CrashJob, CrashReply } from './crash-job.ts'

/** How a child ended. */
export type ChildEnd = Exclude<CrashReply, { kind: 'ready' }> | { readonly kind: 'killed' }

/** A child at its job. */
export interface CrashProcess {
  readonly end: Promise<ChildEnd>
  kill(): void
}

interface Waiting {
  readonly child: ChildProcess
  readonly ready: Promise<void>
}

export class CrashProcesses {
  readonly #cache: string
  #next: Waiting | undefined

  /** @param directory where children keep compiled code, so that the next starts in half the time: unless all of the user's processes share some */
  constructor(directory: string) {
    this.#cache = process.env.NODE_COMPILE_CACHE ?? join(directory, 'compiled')
  }

  /** Gives a job to the child that waits, and starts the one after it. */
  async start(job: CrashJob): Promise<CrashProcess> {
    const { child, ready } = this.#next ?? launch(this.#cache)
    this.#next = launch(this.#cache)
    await ready
    let last: ChildEnd | undefined
    child.on('message', (reply: CrashReply) => {
      if (reply.kind !== 'ready') last = reply
    })
    const end = once(child, 'exit').then(
      ([code, signal]): ChildEnd =>
        last ??
        (signal === 'SIGKILL'
          ? { kind: 'killed' }
          : {
              kind: 'failed',
              code: 'none',
              message: `The process ended by itself (${signal ?? code}).`,
              summary: null,
            }),
    )
    child.send(job)
    return { end, kill: () => child.kill('SIGKILL') }
  }

  /** Lets the child go that waits for a job that never comes. */
  close(): void {
    this.#next?.ready.catch(() => {})
    this.#next?.child.kill('SIGKILL')
    this.#next = undefined
  }
}

function launch(cache: string): Waiting {
  const extension = extname(fileURLToPath(import.meta.url))
  const child = fork(fileURLToPath(new URL(`./crash-child${extension}`, import.meta.url)), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...process.env, NODE_COMPILE_CACHE: cache },
  })
  const ready = Promise.race([
    once(child, 'message').then(() => {}),
    once(child, 'exit').then(([code, signal]) => {
      throw new Error(`A crash child ended before it had a job (${signal ?? code})`)
    }),
  ])
  ready.catch(() => {})
  return { child, ready }
}
