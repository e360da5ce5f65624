/** What a run makes of servers under load, in simulated time: median of three seeds, as a multiple of the ideal time. */
import { play } from '../src/testing/admission-judge.ts'
import { targets, unlisted } from '../src/testing/admission-servers.ts'

console.log('| server | ideal, s | refused | lost | time |')
console.log('|---|--:|--:|--:|--:|')
for (const scenario of [...targets, ...unlisted]) {
  const played = await Promise.all([1, 2, 3].map((seed) => play(scenario, seed)))
  const { refused, lost, seconds, stopped } = played.sort((a, b) => a.seconds - b.seconds)[1]!
  const time = stopped ?? `${(seconds / scenario.idealSeconds).toFixed(2)}x`
  console.log(`| ${scenario.name} | ${scenario.idealSeconds} | ${refused} | ${lost} | ${time} |`)
}
