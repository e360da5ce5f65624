/**
 * What a signal means to a run.
 *
 * Rules:
 *   1. The first SIGINT, SIGTERM or SIGHUP stops the run: nothing new is sent, what is in flight is finished.
 *   2. The second one leaves at once. Nothing is lost that was durable; answers in flight are.
 *   3. A SIGHUP that comes because the terminal vanished stops nothing.
 *   4. A signal that came while the command was being loaded counts as the first one. A command that watches for none
 *      ends at it as any program does.
 *   5. An error that nothing waits for stops a run as the first signal does (`user-code.ts`).
 *   6. npm passes on a signal the terminal has sent already, so under npm the same signal soon after the first is its echo.
 */
import { closeSync, openSync } from 'node:fs'
import type { RowsmithError } from '../../index.ts'
import { commandIsOver } from '../output/command-end.ts'
import { type SignalHandling, stopOnUncaught, watchForLoops } from '../user-code.ts'
import { type StopSignal, signalExitCodes } from './exit-codes.ts'
import { waitingSignal } from './waiting-signals.ts'

/** What `bin/rowsmith.js` keeps from its first line on. */
export interface EarlySignals {
  readonly hadTerminal: boolean
  readonly received: StopSignal | undefined
  /** One more that came. */
  keep(name: StopSignal): void
  /** Keeps no more. */
  letGo(): void
  takeBack(): void
}

let early: EarlySignals | undefined
/** What becomes of signals while code of the user's gives back no control; at first, as a module is loaded. */
let handling: SignalHandling<StopSignal> | undefined
let forgetLoops = (): void => {}

/**
 * Call once, before a command begins: the signals that came so far, and come until a watcher starts.
 *
 * @param runsUserCode whether code of the user's may run, which may keep a signal from us
 */
export function queueEarlySignals(signals: EarlySignals, runsUserCode: boolean): void {
  early = signals
  if (!runsUserCode) return
  const { letGo, takeBack, keep: handle } = signals
  handling = { letGo, takeBack, handle, waiting: waitingSignal }
  forgetLoops = watchForLoops({
    letGo: () => handling?.letGo(),
    takeBack: () => handling?.takeBack(),
    waiting: () => handling?.waiting(),
    handle: (name) => handling?.handle(name),
  })
}

/** Ends the process at signals as any program, also at one that was held back. */
export async function exitOnSignal(): Promise<void> {
  // One that came while modules were loaded reaches us with the next turn of the event loop.
  await new Promise(setImmediate)
  forgetLoops()
  early?.letGo()
  if (early?.received !== undefined) process.kill(process.pid, early.received)
}

export interface SignalWatch {
  /** Fires at the first signal, with the reason `{ kind: 'signal', name }`. */
  readonly signal: AbortSignal
  /** The first signal that came, if one did. */
  readonly received: StopSignal | undefined
  /** The first error that no code waited for: a run that had nothing left to do ends well in spite of it. */
  readonly failure: RowsmithError | undefined
  /** Back to the system's own handling. */
  dispose(): void
}

/** How long an echo by npm may take on a busy machine. */
const echoMs = 250

/**
 * Watches for signals until disposed.
 *
 * @param options.underNpm true when npm or npx started this process
 * @param options.leaving called at the second signal, just before the process ends; what it starts is not waited for
 */
export function watchSignals(options: {
  underNpm: boolean
  leaving?: (name: StopSignal) => void
}): SignalWatch {
  const hadTerminal = early?.hadTerminal ?? terminalIsThere()
  const controller = new AbortController()
  let received: StopSignal | undefined
  let receivedAt = 0
  const onSignal = (name: StopSignal): void => {
    if (name === 'SIGHUP' && hadTerminal && !terminalIsThere()) return
    if (received === undefined) {
      received = name
      receivedAt = performance.now()
      controller.abort({ kind: 'signal', name })
    } else if (!options.underNpm || name !== received || performance.now() - receivedAt > echoMs) {
      options.leaving?.(name)
      commandIsOver()
      process.exit(signalExitCodes[name])
    }
  }
  const names = Object.keys(signalExitCodes) as StopSignal[]
  const take = (): void => {
    for (const name of names) process.on(name, onSignal)
  }
  const letGo = (): void => {
    for (const name of names) process.off(name, onSignal)
  }
  take()
  let failure: RowsmithError | undefined
  const forgetErrors = stopOnUncaught((error) => {
    failure ??= error
    controller.abort(error)
  })
  handling = { letGo, takeBack: take, waiting: waitingSignal, handle: onSignal }
  early?.letGo()
  if (early?.received !== undefined) onSignal(early.received)
  return {
    signal: controller.signal,
    get received() {
      return received
    },
    get failure() {
      return failure
    },
    dispose() {
      letGo()
      forgetErrors()
      forgetLoops()
    },
  }
}

/** True while this process has a controlling terminal that answers. */
function terminalIsThere(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}
