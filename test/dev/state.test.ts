/** What `dev` does next, for what it is doing and what happens: the whole table. */
import { describe, expect, test } from 'vitest'
import { atStart, type DevAction, type DevEvent, type DevState, step } from '../../src/dev/state.ts'

/** Plays events. @returns what was done after each, and where it ended */
function played(...events: DevEvent[]): { state: string; actions: (DevAction | null)[] } {
  let state: DevState = atStart
  const actions = events.map((event) => {
    const next = step(state, event)
    state = next.state
    return next.action
  })
  return { state: `${state.run} ${state.config}${state.isStale ? ' stale' : ''}`, actions }
}

const cases: readonly (readonly [
  what: string,
  events: DevEvent[],
  actions: (DevAction | null)[],
  state: string,
])[] = [
  ['a save is read and run', ['changed', 'free', 'ended'], ['read', 'run', null], 'none current'],
  [
    'what costs waits for consent',
    ['changed', 'costly', 'ask', 'ended'],
    ['read', null, 'run', null],
    'none current',
  ],
  ['what says the same sends nothing', ['changed', 'same'], ['read', null], 'none current'],
  [
    'a broken config waits for the next save',
    ['changed', 'broken', 'changed', 'free'],
    ['read', null, 'read', 'run'],
    'requesting current',
  ],
  [
    'a save while one is read is read after it',
    ['changed', 'changed', 'changed', 'free', 'free'],
    ['read', null, null, 'read', 'run'],
    'requesting current',
  ],
  [
    'a broken one in between does not count',
    ['changed', 'changed', 'broken', 'free'],
    ['read', null, 'read', 'run'],
    'requesting current',
  ],
  [
    'a save that differs stops the run, and is run when that has settled',
    ['changed', 'free', 'changed', 'free', 'ended', 'free'],
    ['read', 'run', 'read', 'stop', 'read', 'run'],
    'requesting current',
  ],
  [
    'one that costs stops it too, and then waits',
    ['changed', 'free', 'changed', 'costly', 'ended', 'costly'],
    ['read', 'run', 'read', 'stop', 'read', null],
    'none waiting',
  ],
  [
    'of many saves during a run the last is run, and the run is stopped once',
    ['changed', 'free', 'changed', 'free', 'changed', 'free', 'changed', 'free', 'ended', 'free'],
    ['read', 'run', 'read', 'stop', 'read', null, 'read', null, 'read', 'run'],
    'requesting current',
  ],
  [
    'a broken config stops no run',
    ['changed', 'free', 'changed', 'broken', 'ended'],
    ['read', 'run', 'read', null, null],
    'none broken',
  ],
  [
    'one that says the same stops no run',
    ['changed', 'free', 'changed', 'same', 'ended'],
    ['read', 'run', 'read', null, null],
    'none current',
  ],
  [
    'a run that ends while the config is read is not waited for',
    ['changed', 'free', 'changed', 'ended', 'free'],
    ['read', 'run', 'read', null, 'run'],
    'requesting current',
  ],
  [
    'consent goes on with what was left',
    ['changed', 'free', 'ended', 'ask'],
    ['read', 'run', null, 'run'],
    'requesting current',
  ],
  ['consent to nothing does nothing', ['changed', 'broken', 'ask'], ['read', null, null], 'none broken'],
  [
    'consent during a run does nothing',
    ['changed', 'free', 'ask'],
    ['read', 'run', null],
    'requesting current',
  ],
]

describe('the loop of dev', () => {
  test.each(cases)('%s', (_what, events, actions, state) => {
    expect(played(...events)).toEqual({ actions, state })
  })

  test('never runs two at once, and never forgets a save, whatever comes in whatever order', () => {
    const events: DevEvent[] = ['changed', 'same', 'free', 'costly', 'broken', 'ask', 'ended']
    const seen = new Set<string>()
    const open: DevState[] = [atStart]
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const key = JSON.stringify(state)
      if (seen.has(key)) continue
      seen.add(key)
      for (const event of events) {
        if (event === 'ended' && state.run === 'none') continue
        const next = step(state, event)
        if (next.action === 'run') expect(state.run, key).toBe('none')
        if (next.action === 'stop') expect(state.run, key).toBe('requesting')
        if (event === 'changed')
          expect([next.state.config, next.state.isStale || next.action === 'read']).toEqual(['reading', true])
        open.push(next.state)
      }
    }
    expect(seen.size).toBeLessThan(40)
  })
})
