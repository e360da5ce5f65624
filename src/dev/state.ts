/**
 * What `dev` does next: a pure function of what it is doing and what happened.
 *
 *   a file changes ──> the config is read ──> broken: the last good rows stay, a run goes on
 *                                      ──> same: nothing is requested
 *                                      ──> free, or agreed to: its rows are made
 *                                      ──> costly: waits for consent
 *
 * Rules:
 *   1. One run at a time. A config that differs stops the run of the one before: nothing new is sent, and what is in flight is awaited
 *      and stored. No answer is thrown away.
 *   2. A change while the config is read makes it be read again: the newest save counts, those between are never run.
 *   3. A config that is broken, or that says the same, stops nothing.
 */
export interface DevState {
  /** `settling`: nothing new is sent any more. */
  readonly run: 'none' | 'requesting' | 'settling'
  /** `next`: it differs from the one that is run, and is read again when that has settled. */
  readonly config: 'current' | 'reading' | 'broken' | 'waiting' | 'next'
  /** Whether a file changed while the config was read. */
  readonly isStale: boolean
}

/** A file changed; what the config turned out to be; the user consented; the run is over. */
export type DevEvent = 'changed' | 'same' | 'free' | 'costly' | 'broken' | 'ask' | 'ended'

export type DevAction = 'read' | 'run' | 'stop'

export const atStart: DevState = { run: 'none', config: 'current', isStale: false }

interface Step {
  readonly state: DevState
  readonly action: DevAction | null
}

export function step(state: DevState, event: DevEvent): Step {
  const { run, config } = state
  const to = (change: Partial<DevState>, action: DevAction | null = null): Step => ({
    state: { ...state, ...change },
    action,
  })
  switch (event) {
    case 'changed':
      return config === 'reading' ? to({ isStale: true }) : to({ config: 'reading' }, 'read')
    case 'ask': {
      const may = run === 'none' && (config === 'waiting' || config === 'current')
      return may ? to({ run: 'requesting', config: 'current' }, 'run') : to({})
    }
    case 'ended':
      return config === 'next' ? to({ run: 'none', config: 'reading' }, 'read') : to({ run: 'none' })
    default:
      return config === 'reading' ? afterReading(state, event) : to({})
  }
}

function afterReading(state: DevState, found: 'same' | 'free' | 'costly' | 'broken'): Step {
  const { run, isStale } = state
  // Rule 2.
  if (isStale) return { state: { ...state, isStale: false }, action: 'read' }
  if (found === 'broken' || found === 'same') {
    return { state: { ...state, config: found === 'same' ? 'current' : 'broken' }, action: null }
  }
  // Rule 1.
  if (run === 'requesting') return { state: { ...state, run: 'settling', config: 'next' }, action: 'stop' }
  if (run === 'settling') return { state: { ...state, config: 'next' }, action: null }
  return found === 'costly'
    ? { state: { ...state, config: 'waiting' }, action: null }
    : { state: { ...state, run: 'requesting', config: 'current' }, action: 'run' }
}
