/**
 * `npm run quality`: figures of reports on quality, as datasketch, scikit-learn, scipy and krippendorff have them. Prints a table of
 * checks; exits with 1 when one failed.
 *
 *     npm run quality -- [--cache FOLDER] [--python PYTHON] [--keep]
 *
 * PYTHON has the packages; else they are installed into FOLDER once. Without Python there is nothing to run, which is said.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type AgreementLevel, agreementOf, type Label } from '../src/quality/agreement.ts'
import { Prompts } from '../src/quality/contamination.ts'
import { crossOf, requestedAgainstGot } from '../src/quality/coverage.ts'
import { DiversityCounter } from '../src/quality/diversity.ts'
import { NearDuplicates } from '../src/quality/near-duplicates.ts'
import { dice, resemblingTexts } from '../test/quality/texts.ts'
import { judged } from './shared/judge.ts'
import { pythonWith } from './shared/virtual-environment.ts'

const { values: options } = parseArgs({
  options: {
    cache: { type: 'string', default: join(tmpdir(), 'rowsmith-quality') },
    python: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const wheels = ['datasketch==2.0.0', 'scikit-learn==1.9.1', 'krippendorff==0.9.0']

async function main(): Promise<void> {
  mkdirSync(options.cache, { recursive: true })
  const python = options.python ?? (await pythonWith(wheels, options.cache, 'all of quality'))
  if (python === undefined) return
  const script = join(import.meta.dirname, 'quality', 'quality.py')
  process.exitCode = await judged(python, script, figuresIn, options.keep)
}

async function figuresIn(folder: string): Promise<void> {
  const figures = {
    agreement: agreements(),
    coverage: coverages(),
    near: [0.3, 0.5, 0.7, 0.8, 0.9].map((threshold) => nearAt(threshold)),
    contamination: contaminated(),
    diversity: diverse(),
  }
  writeFileSync(join(folder, 'figures.json'), JSON.stringify(figures))
}

/** Judges that mostly agree, some labels missing. */
function agreements(): object[] {
  const levels: readonly AgreementLevel[] = ['nominal', 'ordinal', 'interval']
  return Array.from({ length: 60 }, (_, seed) => {
    const roll = dice(seed + 1)
    const [judges, labels] = [2 + roll(2), 2 + roll(5)]
    const rows = Array.from({ length: 30 + roll(200) }, () => {
      const truth = roll(labels)
      return Array.from(
        { length: judges },
        (): Label => (roll(12) === 0 ? null : roll(3) > 0 ? truth : roll(labels)),
      )
    })
    const level = levels[seed % 3]!
    const found = agreementOf(
      rows.map((row) => ({ labels: row, rows: 1 })),
      level,
    )
    return { level, rows, found }
  })
}

function coverages(): object[] {
  return Array.from({ length: 20 }, (_, seed) => {
    const roll = dice(seed + 100)
    const [width, height] = [2 + roll(6), 2 + roll(6)]
    const pairs = Array.from({ length: 300 }, () => {
      const first = roll(width)
      return [`a${first}`, `b${roll(2) === 0 ? first % height : roll(height)}`] as const
    })
    const weights = new Map(Array.from({ length: width }, (_, at) => [`a${at}`, 1 + roll(4)] as const))
    const counts = new Map([...Map.groupBy(pairs, ([a]) => a)].map(([a, each]) => [a, each.length] as const))
    const cells = [...Map.groupBy(pairs, (pair) => pair.join(' '))].map(([, each]) => ({
      values: each[0]!,
      rows: each.length,
    }))
    const names = (index: 0 | 1): string[] => [...new Set(pairs.map((pair) => pair[index]))]
    return {
      pairs,
      weights: [...weights],
      requested: requestedAgainstGot(weights, counts),
      cross: crossOf(cells, names(0), names(1)),
    }
  })
}

function nearAt(threshold: number): object {
  const texts = resemblingTexts(1_500, Math.round(threshold * 100), threshold === 0.5 ? 8 : 400)
  const near = new NearDuplicates(threshold)
  return { threshold, texts, found: texts.map((text, at) => near.add(text, at) ?? null) }
}

function contaminated(): object[] {
  const prompts = [...new Set(resemblingTexts(200, 3))]
  const roll = dice(8)
  const texts = Array.from({ length: 400 }, () => {
    const words = prompts[roll(prompts.length)]!.split(' ')
    return `so ${words.slice(roll(4), 4 + roll(words.length)).join(' ')} it is`
  })
  return [
    { ngram: 8, containment: 0.5 },
    { ngram: 5, containment: 0.2 },
    { ngram: 3, containment: 1 },
  ].map(({ ngram, containment }) => {
    const index = new Prompts({ ngram, containment, ignoreCommon: null })
    for (const prompt of prompts) index.add(prompt)
    return { ngram, containment, prompts, texts, found: texts.map((text) => index.find(text) ?? null) }
  })
}

function diverse(): object {
  const texts = resemblingTexts(800, 21)
  const counter = new DiversityCounter()
  for (const text of texts) counter.add(text)
  return { texts, found: counter.result() }
}

await main()
