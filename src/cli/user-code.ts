/**
 * What the user's own code may do to the process that runs it.
 *
 * Rules:
 *   1. A process that something ended before the command did (`process.exit` in a function), or that waits for what nothing can settle,
 *      fails, and says how to go on.
 *   2. An error that nothing waits for (in a timer, of a promise) stops the run as a signal does: what is in flight is finished.
 *   3. Code that does not give back control keeps signals from their handlers: then a signal ends the process as any program. One that
 *      came before that was noticed is held for a second, and not lost.
 */
import { Worker } from 'node:worker_threads'
import { asRowsmithError, RowsmithError } from '../base/errors/errors.ts'
import { isCommandOver } from './output/command-end.ts'
import { printJson, wantsJson } from './output/json-output.ts'
import { writeErrNow } from './output/output.ts'
import { formatError } from './output/report.ts'

/** Whether a command line names code, or a dataset or a workflow that may. */
export function mayRunUserCode(args: readonly string[]): boolean {
  return args.some((arg) => /\.[cm]?[jt]s$/i.test(arg) || /^(resume|retry|verify|workflow)$/.test(arg))
}

/** Rule 1. Call once, before a command begins. */
export function failOnEarlyExit(args: readonly string[]): void {
  let ranDry = false
  process.on('beforeExit', () => {
    ranDry = true
  })
  process.on('exit', (code) => {
    if (isCommandOver()) return
    const error = ranDry
      ? new RowsmithError(
          'process_ended',
          'Nothing is left to do, and the command is not done: a promise of the config, or of what it imports, never settles',
          { nextStep: 'Make it settle, then run the command again. Stored answers are not affected.' },
        )
      : new RowsmithError(
          'process_ended',
          `Something called process.exit(${code}) before the command was done: a function of the config, or a library that it calls`,
        )
    if (wantsJson(args)) printJson(undefined, 1, error)
    writeErrNow(formatError(error, false))
    process.exitCode = 1
  })
}

/** Rule 2. @param stop ends the run with the error. @returns what ends the watch */
export function stopOnUncaught(stop: (error: RowsmithError) => void): () => void {
  const onError = (thrown: unknown): void => stop(uncaught(thrown))
  process.on('uncaughtException', onError)
  return () => process.off('uncaughtException', onError)
}

/** An error of our own code is a bug; of any other, one of the user's. */
function uncaught(thrown: unknown): RowsmithError {
  const own = asRowsmithError(thrown)
  const stack = thrown instanceof Error ? (thrown.stack ?? '') : ''
  const [, path = '', line] =
    /^ +at .*?(?:file:\/\/)?(\/[^\s?:()]+)(?:\?[^\s:]*)?:(\d+):\d+\)?$/m.exec(stack) ?? []
  const root = decodeURIComponent(new URL('../..', import.meta.url).pathname)
  if (path.startsWith(root) && !path.startsWith(`${root}node_modules/`)) return own
  const message = own.message
    .replace(/^Unexpected failure: /, '')
    .split('\n')[0]
    ?.slice(0, 300)
  const place = line === undefined ? '' : ` (${path}:${line})`
  return new RowsmithError('uncaught', `An error that no code waits for: ${message}${place}`, {
    facts: { file: path === '' ? null : path, line: line === undefined ? null : Number(line) },
    cause: thrown,
  })
}

/**
 * How long the main thread may work without a sign of life: then signals are left to the system. Where Linux reports it, it is the time the
 * thread had a processor: one that others keep from it is no loop.
 */
const stalledMs = 500
/** How long a signal that came before that waits for the code to give back control. */
const heldMs = 1000
const beatMs = 100
const stalledName = 'rowsmith.stalled'

/** The watcher's own thread: it has the main thread call a function, which reaches into a loop that never ends. */
const watcher = `
const { readFileSync } = require('node:fs')
const { workerData: beats } = require('node:worker_threads')
const { Session } = require('node:inspector')
function spentMs() {
  try {
    return Number.parseInt(readFileSync('/proc/self/task/' + process.pid + '/schedstat', 'utf8')) / 1e6
  } catch {
    return Date.now()
  }
}
let [seen, since] = [-1, spentMs()]
setInterval(() => {
  const now = Atomics.load(beats, 0)
  if (now !== seen) { [seen, since] = [now, spentMs()]; return }
  if (spentMs() - since < ${stalledMs}) return
  const session = new Session()
  session.connectToMainThread()
  session.post('Runtime.evaluate', { expression: "globalThis[Symbol.for('${stalledName}')]?.()" }, () => session.disconnect())
}, ${beatMs})
`

/** What becomes of signals, for a watch of the main thread. */
export interface SignalHandling<Name extends string> {
  /** Leaves them to the system. */
  letGo(): void
  /** Handles them again, once the code has given back control. */
  takeBack(): void
  /** The one that came before they were let go, and that was not seen. */
  waiting(): Name | undefined
  /** It was held until the code gave back control. */
  handle(name: Name): void
}

/** Rule 3. @returns what ends the watch */
export function watchForLoops<Name extends string>(signals: SignalHandling<Name>): () => void {
  const beats = new Int32Array(new SharedArrayBuffer(4))
  let stall: { readonly since: number; readonly held: Name | undefined } | undefined
  const slot = globalThis as { [name: symbol]: unknown }
  slot[Symbol.for(stalledName)] = () => {
    if (stall === undefined) {
      signals.letGo()
      stall = { since: performance.now(), held: signals.waiting() }
    } else if (stall.held !== undefined && performance.now() - stall.since > heldMs) {
      process.kill(process.pid, stall.held)
    }
  }
  const timer = setInterval(() => {
    Atomics.add(beats, 0, 1)
    if (stall === undefined) return
    const { held } = stall
    stall = undefined
    signals.takeBack()
    if (held !== undefined) signals.handle(held)
  }, beatMs)
  timer.unref()
  const thread = new Worker(watcher, { eval: true, workerData: beats, stdout: false, stderr: false })
  // Without it signals are handled as long as the code gives back control.
  thread.on('error', () => {})
  thread.unref()
  return () => {
    clearInterval(timer)
    void thread.terminate()
  }
}
