/** Every file of real datasets, damaged in every way: what verify says, and what a repair and a resume make of it. */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { open } from '../../src/index.ts'
import {
  components,
  dataOf,
  filesOf,
  flip,
  goOn,
  grave,
  makeFinished,
  makeStopped,
  scratchFolder,
} from './datasets.ts'

const scratch = scratchFolder()
let finished = ''
let stopped = ''
/** What an uninterrupted run makes. */
let whole: Record<string, string> = {}

beforeAll(async () => {
  finished = await makeFinished(scratch.path)
  stopped = await makeStopped(scratch.path)
  whole = dataOf(finished)
})

const damages: Readonly<Record<string, (file: string) => void>> = {
  'a bit flipped near its beginning': (file) => flip(file, 0.02),
  'a bit flipped in the middle': (file) => flip(file, 0.5),
  'a bit flipped near its end': (file) => flip(file, 0.97),
  'cut in half': (file) => writeFileSync(file, readFileSync(file).subarray(0, statSync(file).size / 2)),
  emptied: (file) => writeFileSync(file, ''),
  deleted: (file) => rmSync(file),
}

/** The lock decides about nothing that is there; README.md is help for loaders, and anybody's to change. */
const covered = (name: string): boolean => !name.includes('/lock.') && name !== 'README.md'

describe.each([
  ['finished', () => finished],
  ['stopped in the middle', () => stopped],
])('a dataset that was %s', (_, which) => {
  it('is whole, equals what its answers make, and verify changes not a byte', async () => {
    const path = which()
    const bytes = () => filesOf(path).map((name) => [name, readFileSync(join(path, name)).toString('base64')])
    const before = bytes()
    const report = await open(path, components).verify({ replay: true })
    expect(report).toMatchObject({ whole: true, findings: [], replay: { differing: 0, not_replayed: 0 } })
    expect(report.replay!.equal).toBeGreaterThan(0)
    expect(bytes()).toEqual(before)
  })

  it.each(Object.keys(damages))(
    'with any file %s: it is found by name, mended, and ends with the same rows',
    async (damage) => {
      const original = which()
      for (const name of filesOf(original).filter(covered)) {
        const path = scratch.copyOf(original)
        const before = dataOf(path)
        damages[damage]!(join(path, name))
        const what = `${name}, ${damage}`
        const found = await open(path, components).verify()
        expect(grave(found.findings), what).not.toEqual([])
        expect(found.whole, what).toBe(false)
        // What a lost commit log took with it is told by the files that have no commit.
        if (!name.includes('commits-'))
          expect(
            found.findings.map((each) => each.path),
            what,
          ).toContain(name)

        const { repaired, whole: isWhole } = await open(path, components).verify({ repair: true })
        const remaining = grave(repaired!.remaining)
        if (name === '.rowsmith/run.json') {
          expect(remaining, what).toMatchObject([{ path: name, repairable: false }])
          continue
        }
        expect(remaining, what).toEqual([])
        expect(isWhole, what).toBe(true)
        expect(dataOf(path), what).toEqual(before)
        expect((await open(path, components).verify()).whole, what).toBe(true)
        const { bought } = await goOn(path)
        expect(dataOf(path), what).toEqual(whole)
        if (original === finished) expect(bought, what).toEqual([])
      }
    },
  )
})

/** With the commits and the answers gone, only a file's own footer says what it is, and nothing says what the footer was. */
function unvouched(damaged: ReadonlySet<string>): string[] {
  if (![...damaged].some((name) => name.includes('commits-'))) return []
  const groups = [0, 1, 2, 3].map((group) => `batch_0000${group}`)
  const without = groups.filter((group) => damaged.has(`.rowsmith/replies/${group}.jsonl.zst`))
  return [...damaged].filter((name) => without.some((group) => name.endsWith(`${group}.parquet`)))
}

const withoutThe = (lost: ReadonlySet<string>, data: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(data).filter(([name]) => !lost.has(name)))

it('several damages at once: a repair and a resume end with the same rows, and name what is lost for good', async () => {
  const names = (path: string) => filesOf(path).filter((name) => covered(name) && !name.endsWith('run.json'))
  await fc.assert(
    fc.asyncProperty(
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(1000), fc.constantFrom(...Object.keys(damages))), {
        minLength: 2,
        maxLength: 5,
      }),
      async (isFinished, several) => {
        const path = scratch.copyOf(isFinished ? finished : stopped)
        const all = names(path)
        const damaged = new Set(several.map(([index]) => all[index % all.length]!))
        for (const [index, damage] of several) {
          const file = join(path, all[index % all.length]!)
          if (statSync(file, { throwIfNoEntry: false })?.size) damages[damage]!(file)
        }
        await open(path, components).verify({ repair: true })
        await goOn(path)
        const left = grave((await open(path, components).verify()).findings)
        const lost = new Set([...left.map((finding) => finding.path), ...unvouched(damaged)])
        // A companion whose row group is whole, and whose answers are lost too, is told as such, and only that.
        expect(
          left.every(({ path: file, repairable }) => !repairable && !file.startsWith('parquet-files')),
        ).toBe(true)
        expect(withoutThe(lost, dataOf(path))).toEqual(withoutThe(lost, whole))
        rmSync(path, { recursive: true })
      },
    ),
    { numRuns: 60, seed: 1 },
  )
})
