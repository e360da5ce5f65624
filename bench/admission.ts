/**
 * What a run makes of servers under load, in simulated time, as multiples of the ideal time. The median of three seeds, or of as
 * many as are given, with the slowest: `npm run bench:admission -- 40`.
 */
import { play } from '../src/testing/admission-judge.ts'
import { targets, told, unlisted } from '../src/testing/admission-servers.ts'

const seeds = Array.from({ length: Number(process.argv[2] ?? 3) }, (_, at) => at + 1)
const median = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!

console.log('| server | ideal, s | refused | lost | time | slowest | seeds above a target |')
console.log('|---|--:|--:|--:|--:|--:|---|')
for (const scenario of [...targets, ...told, ...unlisted]) {
  const { name, idealSeconds, ratio, refused: most } = scenario
  const played = await Promise.all(seeds.map((seed) => play(scenario, seed)))
  const times = played.map(({ seconds, stopped }) => (stopped === null ? seconds / idealSeconds : Infinity))
  const above = seeds.filter((_, at) => times[at]! > ratio || (most !== null && played[at]!.refused > most))
  const refused = median(played.map((each) => each.refused))
  const lost = Math.max(...played.map((each) => each.lost))
  const [time, slowest] = [median(times), Math.max(...times)].map((each) => `${each.toFixed(2)}x`)
  console.log(
    `| ${name} | ${idealSeconds} | ${refused} | ${lost} | ${time} | ${slowest} | ${above.join(', ')} |`,
  )
}
