/**
 * `npm run hashes -- FILE...`: whether configs that Data Designer built have the hash here that it gave them. The files are what
 * `scripts/interchange/harvest.py` collects from a checkout of Data Designer; neither its pages nor its configs are stored here.
 * Exits with 1 when one differs or is refused.
 */
import { readFileSync } from 'node:fs'
import { parseConfig } from '../src/config/form/load.ts'
import { configHash } from '../src/config/identity/fingerprint.ts'

interface Harvested {
  readonly source: string
  readonly hash: string
  /** JSON as Python wrote it: 1.0 stays apart from 1. */
  readonly config: string
}

const counts = { equal: 0, 'under a version of our own': 0, differs: 0, refused: 0 }
const seen = new Set<string>()

for (const path of process.argv.slice(2)) {
  for (const line of readFileSync(path, 'utf8').trim().split('\n')) {
    const { source, hash, config } = JSON.parse(line) as Harvested
    if (seen.has(hash)) continue
    seen.add(hash)
    const result = comparisonOf(config, hash)
    counts[result]++
    if (result === 'differs' || result === 'refused') console.log(`${result}  ${source}  ${hash}`)
  }
}
console.log(
  `${seen.size} configs: ${Object.entries(counts)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ')}`,
)
process.exitCode = counts.differs + counts.refused > 0 ? 1 : 0

/** Data Designer hashes the names of Python functions, which Rowsmith does not know. */
function comparisonOf(text: string, hash: string): keyof typeof counts {
  try {
    const own = configHash(parseConfig(text, 'the config'))
    if (own.config_hash_version !== 2) return 'under a version of our own'
    return own.config_hash === hash ? 'equal' : 'differs'
  } catch {
    return 'refused'
  }
}
