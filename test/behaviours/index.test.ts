/** The index of behaviours is complete, and every test it names exists under exactly that name. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { directoryAndMode } from './a-directory-and-mode.ts'
import { metadata } from './b-metadata.ts'
import type { Behaviour, TestReference } from './behaviour.ts'
import { identity } from './c-identity.ts'
import { targets } from './d-targets.ts'
import { progressOnDisk } from './e-progress-on-disk.ts'
import { afterGeneration } from './f-after-generation.ts'
import { interruptions } from './g-interruptions.ts'
import { sideArtefacts } from './h-side-artefacts.ts'
import { seeds } from './i-seeds.ts'
import { resultsAndCommands } from './j-results-and-commands.ts'
import { workflows } from './k-workflows.ts'
import { seedNamedRules } from './seed-named-rules.ts'
import { weaknesses } from './w-weaknesses.ts'
import { defects } from './x-defects.ts'
import { functionsAndTools } from './y-functions-and-tools.ts'
import { batches } from './z-batches.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every section with the number of its rows. */
const sections: Record<string, readonly [rows: number, index: Readonly<Record<string, Behaviour>>]> = {
  A: [18, directoryAndMode],
  B: [20, metadata],
  C: [24, identity],
  D: [14, targets],
  E: [18, progressOnDisk],
  F: [20, afterGeneration],
  G: [21, interruptions],
  H: [16, sideArtefacts],
  I: [5, seeds],
  J: [8, resultsAndCommands],
  K: [21, workflows],
  W: [32, weaknesses],
  X: [27, defects],
  S: [13, seedNamedRules],
  Y: [22, functionsAndTools],
  Z: [8, batches],
}

test.each(Object.entries(sections))(
  'section %s has a line for each of its rows, and no other',
  (letter, [rows, index]) => {
    expect(Object.keys(index)).toEqual(Array.from({ length: rows }, (_, row) => `${letter}${row + 1}`))
  },
)

test('there are 185 behaviours and 32 weaknesses', () => {
  const { W, X: _x, S: _s, Y: _y, Z: _z, ...behaviours } = sections
  expect(Object.values(behaviours).reduce((sum, [rows]) => sum + rows, 0)).toBe(185)
  expect(W![0]).toBe(32)
})

test('every line is a sentence, and so is every reason for not testing it', () => {
  const lines = Object.values(sections).flatMap(([, index]) => Object.entries(index))
  const texts = lines.flatMap(([id, line]) =>
    [line.says, 'notTested' in line ? line.notTested : 'later' in line ? line.later : undefined]
      .filter((text) => text !== undefined)
      .map((text) => [id, text] as const),
  )
  expect(texts.filter(([, text]) => text.trim().length < 10)).toEqual([])
})

test('every test that is named exists under that name', () => {
  const named = Object.values(sections).flatMap(([, index]) =>
    Object.entries(index).flatMap(([id, line]) =>
      'tests' in line ? line.tests.map((reference) => ({ id, reference })) : [],
    ),
  )
  const there = collect([...new Set(named.map(({ reference: [file] }) => file))])
  const missing = named.filter(({ reference: [file, name] }) => !there.has(`${file}: ${name}`))
  expect(missing.map(({ id, reference }) => `${id}: ${reference.join(': ')}`)).toEqual([])
})

/** `file: name` of every test in these files, as vitest itself collects them: tables are expanded, skipped tests left out. */
function collect(files: readonly TestReference[0][]): ReadonlySet<string> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-index-'))
  try {
    const list = join(folder, 'tests.json')
    const vitest = fileURLToPath(new URL('./vitest.mjs', import.meta.resolve('vitest/package.json')))
    // In one world: nothing runs, and each module is read once for all files instead of once for each.
    const args = [vitest, 'list', ...files, '--no-static-parse', '--no-isolate', `--json=${list}`]
    const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    expect(status, stderr).toBe(0)
    const found: { name: string; file: string }[] = JSON.parse(readFileSync(list, 'utf8'))
    return new Set(found.map(({ name, file }) => `${relative(root, file)}: ${name}`))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
