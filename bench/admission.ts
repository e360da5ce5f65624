/**
 * What a run makes of servers under load, in simulated time, as multiples of the ideal time: on a machine that is never late, and
 * on one whose timers are. The median of three seeds, or of as many as are given, with the slowest: `npm run bench:admission -- 40`.
 */
import { play } from '../test/proof/clock/admission-judge.ts'
import {
  idealSecondsOf,
  reported,
  type Scenario,
  targets,
  unlisted,
} from '../test/proof/clock/admission-servers.ts'
import { type Conditions, loaded, punctual } from '../test/proof/clock/simulated-machine.ts'

const [, , count = 3, word = ''] = process.argv
const seeds = Array.from({ length: Number(count) }, (_, at) => at + 1)
const servers = [...targets, ...reported, ...unlisted].filter(({ name }) => name.includes(word))
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

async function line(scenario: Scenario, conditions: Conditions): Promise<string> {
  const { name, ratio, refused: most } = scenario
  const isLate = conditions !== punctual
  const [mostTime, mostRefused] = isLate
    ? [scenario.ratioLate ?? ratio, scenario.refusedLate ?? most]
    : [ratio, most]
  const ideal = idealSecondsOf(scenario, conditions)
  const played = await Promise.all(seeds.map((seed) => play(scenario, seed, conditions)))
  const times = played.map(({ seconds, stopped }) => (stopped === null ? seconds / ideal : Infinity))
  const above = seeds.filter(
    (_, at) => times[at]! > mostTime || (mostRefused !== null && played[at]!.refused > mostRefused),
  )
  const refused = median(played.map((each) => each.refused))
  const lost = Math.max(...played.map((each) => each.lost))
  const [time, slowest] = [median(times), Math.max(...times)].map((each) => `${each.toFixed(2)}x`)
  return `| ${name} | ${ideal} | ${refused} | ${lost} | ${time} | ${slowest} | ${above.join(', ')} |`
}

for (const conditions of [punctual, loaded]) {
  console.log(`\n${conditions.name}\n`)
  console.log('| server | ideal, s | refused | lost | time | slowest | seeds above a target |')
  console.log('|---|--:|--:|--:|--:|--:|---|')
  for (const scenario of servers) console.log(await line(scenario, conditions))
}
