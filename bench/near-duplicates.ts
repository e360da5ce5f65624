/**
 * Near-duplicates of made-up texts of 30 to 49 words, a tenth of them changed copies.
 *
 *     node bench/near-duplicates.ts [TEXTS] [THRESHOLD]
 *
 * Aims: 100,000 texts in 5 s of CPU; 1,000,000 in 60 s and 1 GB.
 */
import { NearDuplicates } from '../src/quality/near-duplicates.ts'
import { dice } from '../test/quality/texts.ts'

const [count = 100_000, threshold = 0.8] = process.argv.slice(2).map(Number)
const vocabulary = 5_000

const roll = dice(12_345)

/** Few words are common, as in any language. */
const word = (): string => `w${Math.floor(vocabulary ** (roll(1_000_000) / 1_000_000))}`

function textAfter(texts: readonly string[]): string {
  if (texts.length === 0 || roll(10) > 0) return Array.from({ length: 30 + roll(20) }, word).join(' ')
  const words = texts[roll(texts.length)]!.split(' ')
  for (let change = roll(4); change > 0; change--) words[roll(words.length)] = word()
  return words.join(' ')
}

const texts: string[] = []
while (texts.length < count) texts.push(textAfter(texts))
const before = process.cpuUsage()
const near = new NearDuplicates(threshold)
for (const [at, text] of texts.entries()) near.add(text, at)
const { user, system } = process.cpuUsage(before)
const cpu = (user + system) / 1e6
console.log(
  JSON.stringify({ ...near.counts, cpu_s: cpu, rss_mb: Math.round(process.memoryUsage().rss / 1e6) }),
)
