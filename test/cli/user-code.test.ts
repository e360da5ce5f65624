/** Functions of the user's that end the process, fail where nobody waits, or never give back control: what the command exits with. */
import { execFile, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rowsmith-user-code-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const bin = join(import.meta.dirname, '../../bin/rowsmith.js')

function commandFor(call: string, rows = 2): readonly string[] {
  writeFileSync(
    join(folder, 'c.mjs'),
    `import { existsSync, writeSync } from 'node:fs'
import { customColumnGenerator } from 'rowsmith'
const call = ${call}
export default { columns: [{ name: 'c', column_type: 'custom', generator_function: customColumnGenerator({ type: 'str', effect: true }, call) }] }`,
  )
  return [bin, 'create', join(folder, 'c.mjs'), '-n', `${rows}`, '-o', folder, '--grace', '200ms']
}

function run(call: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...commandFor(call)], (_error, _out, said) =>
      resolve({ code: child.exitCode, said }),
    )
  })
}

it.each([
  [
    'ends the process',
    '() => { process.exit(0) }',
    /process\.exit\(0\).*give the same command again.*\[process_ended\]/,
  ],
  [
    'fails in a timer',
    'async () => { setTimeout(() => { throw new Error("no luck") }); await new Promise((r) => setTimeout(r, 100)); return "x" }',
    /nobody waits for: no luck \(.*c\.mjs:3\).*\[uncaught\]/,
  ],
  [
    'leaves a promise that fails',
    'async () => { Promise.reject(new Error("no luck")); await new Promise((r) => setTimeout(r, 100)); return "x" }',
    /nobody waits for: no luck.*\[uncaught\]/,
  ],
])('a function that %s fails the command, with a sentence', async (_, call, message) => {
  const { code, said } = await run(call)
  expect(code).toBe(1)
  expect(said).toMatch(message)
  expect(said).not.toMatch(/^ +at /m)
})

it.each([
  [
    'never resolves',
    '() => { writeSync(1, "called"); return new Promise(() => {}) }',
    [143],
    /calls? of function "c"/,
  ],
  // The signal comes before anybody noticed the loop, which is not asked a second time.
  [
    'never gives back control',
    '() => { setTimeout(() => {}, 0); writeSync(1, "called"); for (;;); }',
    // Elsewhere such a signal cannot be seen.
    process.platform === 'linux' ? ['SIGTERM'] : ['SIGTERM', 'SIGKILL'],
    /./,
  ],
  [
    'gives back control late',
    // The first time late, and not before the signal was sent; there is more to do then.
    `() => {
      if (globalThis.was) return "x"
      globalThis.was = true
      writeSync(1, "called")
      const end = Date.now() + 900
      while (Date.now() < end || !existsSync(new URL("sent", import.meta.url)));
      return "x"
    }`,
    [143, 'SIGTERM'],
    /./,
  ],
])('one SIGTERM ends a command whose function %s', async (_, call, ends, message) => {
  const child = spawn(process.execPath, [...commandFor(call, 5000)])
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  await new Promise((resolve) => child.stdout.on('data', resolve))
  child.kill('SIGTERM')
  writeFileSync(join(folder, 'sent'), '')
  const last = setTimeout(() => child.kill('SIGKILL'), 300_000)
  const ended = await new Promise((resolve) => child.on('close', (code, signal) => resolve(signal ?? code)))
  clearTimeout(last)
  expect(ends).toContain(ended)
  expect(said).toMatch(message)
})
