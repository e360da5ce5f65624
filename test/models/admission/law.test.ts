/** What a run makes of servers under load, in simulated time: what issue 12 asks for, over several seeds. */
import { describe, expect, it } from 'vitest'
import { play } from '../../../src/testing/admission-judge.ts'
import { type Scenario, targets, told, unlisted } from '../../../src/testing/admission-servers.ts'

const named = (scenarios: readonly Scenario[]) => scenarios.map((each) => [each.name, each] as const)

describe('a run against a server', () => {
  it.each(named([...targets, ...told, ...unlisted]))(
    '%s: no row is lost, few are refused, and little time',
    async (_, scenario) => {
      const { rows, hopeless, idealSeconds, ratio, refused, seeds = [1, 2, 3] } = scenario
      const hopeful = Array.from({ length: rows }, (_, row) => row).filter((row) => hopeless?.(row) !== true)
      for (const seed of seeds) {
        const played = await play(scenario, seed)
        expect(played).toMatchObject({ lost: 0, stopped: null, answered: hopeful.length })
        expect(played.seconds / idealSeconds).toBeLessThanOrEqual(ratio)
        if (refused !== null) expect(played.refused).toBeLessThanOrEqual(refused)
      }
    },
  )
})
