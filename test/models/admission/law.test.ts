/** What a run makes of servers under load, in simulated time: what issue 12 asks for, on a machine that is never late and on one that is. */
import { describe, expect, it } from 'vitest'
import { play } from '../../proof/clock/admission-judge.ts'
import {
  idealSecondsOf,
  reported,
  type Scenario,
  targets,
  unlisted,
} from '../../proof/clock/admission-servers.ts'
import { type Conditions, loaded, punctual } from '../../proof/clock/simulated-machine.ts'

const scenarios: readonly Scenario[] = [...targets, ...reported, ...unlisted]

async function judge(scenario: Scenario, seeds: readonly number[], conditions: Conditions): Promise<void> {
  const { rows, hopeless, ratio, refused, refusedLate } = scenario
  const hopeful = Array.from({ length: rows }, (_, row) => row).filter((row) => hopeless?.(row) !== true)
  const isLate = conditions !== punctual
  for (const seed of seeds) {
    const played = await play(scenario, seed, conditions)
    expect(played).toMatchObject({ lost: 0, stopped: null, answered: hopeful.length })
    const most = isLate ? (scenario.ratioLate ?? ratio) : ratio
    expect(played.seconds / idealSecondsOf(scenario, conditions)).toBeLessThanOrEqual(most)
    const mostRefused = isLate ? (refusedLate ?? refused) : refused
    if (mostRefused !== null) expect(played.refused).toBeLessThanOrEqual(mostRefused)
  }
}

describe('a run against a server', () => {
  it.each(scenarios.map((each) => [each.name, each] as const))(
    '%s: no row is lost, few are refused, and little time',
    async (_, scenario) => judge(scenario, scenario.seeds ?? [1, 2], punctual),
  )

  it.each(scenarios.map((each) => [each.name, each] as const))(
    '%s: and where timers are late, the loop stalls and the network varies',
    async (_, scenario) => judge(scenario, [1, 2], loaded),
  )
})
