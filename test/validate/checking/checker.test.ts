/** Checks run in a thread of their own: what is said does not depend on it, and nothing a text does ends the run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { checkIn } from '../../../src/validate/checking/check.ts'
import { Checker } from '../../../src/validate/checking/checker.ts'
import type { CheckedLanguage } from '../../../src/validate/common/languages.ts'

const closing: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function checker(script?: URL, longestMs?: number): Checker {
  const made = script === undefined ? new Checker() : new Checker(script, longestMs)
  closing.push(() => made.close())
  return made
}

/** A worker of the test's own. */
function workerThat(body: string): URL {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-checker-'))
  closing.push(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'worker.mjs')
  writeFileSync(path, `import { parentPort } from 'node:worker_threads'\n${body}`)
  return pathToFileURL(path)
}

test('several hundred texts of several languages are answered each with what its text deserves', async () => {
  const texts = Array.from({ length: 400 }, (_, index) => {
    const [language, code] = [
      ['python', `x${index} = undefined${index}\n`],
      ['sql:mysql', `SELECT ${index} FRM t`],
      ['json', index % 8 === 2 ? '{' : String(index)],
      ['go', `package p${index}\n`],
    ][index % 4] as [CheckedLanguage, string]
    return { language, code }
  })
  const { check } = { check: checker() }
  const cells = await Promise.all(texts.map(({ language, code }) => check.check(language, code)))
  for (const [index, { language, code }] of texts.entries()) {
    expect(cells[index]).toEqual(await (await checkIn(language))(code))
  }
})

test('a text that breaks its parser is not valid, and its neighbours are checked as if it had not been there', async () => {
  // Deeper than any recursion: no bracket is counted.
  const breaking = `x = ${'-'.repeat(30_000)}1\n`
  const checks = checker()
  const cells = await Promise.all(
    ['x = 1\n', breaking, 'x = y\n'].map((code) => checks.check('python', code)),
  )
  expect(cells[0]).toMatchObject({ is_valid: true, python_linter_severity: 'none' })
  expect(cells[1]).toMatchObject({ is_valid: false, python_linter_severity: 'fatal', python_linter_score: 0 })
  expect(cells[2]).toMatchObject({ is_valid: false, python_linter_severity: 'error' })
})

test('after the thread died, the texts it had are checked each alone', async () => {
  const script = workerThat(`
    parentPort.on('message', (task) => {
      if (task.some(({ code }) => code === 'deadly')) process.exit(1)
      parentPort.postMessage({ kind: 'checked', cells: task.map(({ code }) => ({ code, with: BigInt(task.length) })) })
    })`)
  const checks = checker(script)
  const cells = await Promise.all(['a', 'deadly', 'b'].map((code) => checks.check('json', code)))
  expect(cells).toEqual([
    { code: 'a', with: 1n },
    { is_valid: false, error_messages: expect.stringContaining('too deeply') },
    { code: 'b', with: 1n },
  ])
  expect(await checks.check('json', 'c')).toEqual({ code: 'c', with: 1n })
})

test('a check that does not end has no verdict, says so, and costs its neighbours nothing', async () => {
  const script = workerThat(`
    parentPort.on('message', (task) => {
      if (task.some(({ code }) => code === 'endless')) for (;;) {}
      parentPort.postMessage({ kind: 'checked', cells: task.map(({ code }) => ({ code })) })
    })`)
  const checks = checker(script, 2000)
  const cells = await Promise.all([
    checks.check('json', 'a'),
    checks.check('sql:tsql', 'endless'),
    checks.check('json', 'b'),
  ])
  const why = 'not checked: the check took too long'
  expect(cells).toEqual([{ code: 'a' }, { is_valid: null, error_messages: why }, { code: 'b' }])
})

test('Python whose check does not end has no verdict either', async () => {
  const checks = checker(workerThat(`parentPort.on('message', () => { for (;;) {} })`), 200)
  expect(await checks.check('python', 'x = 1')).toEqual({
    is_valid: null,
    python_linter_score: null,
    python_linter_severity: null,
    python_linter_messages: [expect.objectContaining({ symbol: 'not-checked', line: 1n })],
  })
})

test('a parser that cannot be loaded is an error, not a verdict', async () => {
  const checks = checker(
    workerThat(
      `parentPort.on('message', () => parentPort.postMessage({ kind: 'failed', message: 'no wasm' }))`,
    ),
  )
  await expect(checks.check('json', '1')).rejects.toThrow('no wasm')
})

test('a closed checker answers nobody, and keeps nobody waiting', async () => {
  const checks = checker()
  const asked = checks.check('json', '1')
  await checks.close()
  await expect(asked).rejects.toThrow('closed')
  await expect(checks.check('json', '1')).rejects.toThrow('closed')
})
