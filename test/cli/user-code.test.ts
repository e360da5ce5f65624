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

const column = `{ name: 'c', column_type: 'custom', generator_function: customColumn({ type: 'str', effect: true }, call) }`
const sampled = `{ name: 'n', column_type: 'sampler', sampler_type: 'uuid', params: {} }`

/** @param made the config, of which `call` is a part */
function commandFor(call: string, rows = 2, made = `{ columns: [${column}] }`): readonly string[] {
  writeFileSync(
    join(folder, 'c.mjs'),
    `import { existsSync, writeSync } from 'node:fs'
import { customColumn } from 'rowsmith'
const call = ${call}
export default ${made}`,
  )
  return [bin, 'create', join(folder, 'c.mjs'), '-n', `${rows}`, '-o', folder, '--grace', '200ms']
}

function run(call: string, made?: string): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [...commandFor(call, 2, made)], (_error, _out, said) =>
      resolve({ code: child.exitCode, said }),
    )
  })
}

it.each<[what: string, call: string, message: RegExp, made?: string]>([
  [
    'ends the process',
    '() => { process.exit(0) }',
    /process\.exit\(0\).*run the command again.*\[process_ended\]/,
  ],
  [
    'fails in a timer',
    'async () => { setTimeout(() => { throw new Error("no luck") }); await new Promise((r) => setTimeout(r, 100)); return "x" }',
    /no code waits for: no luck \(.*c\.mjs:3\).*\[uncaught\]/,
  ],
  [
    'leaves a promise that fails',
    'async () => { Promise.reject(new Error("no luck")); await new Promise((r) => setTimeout(r, 100)); return "x" }',
    /no code waits for: no luck.*\[uncaught\]/,
  ],
  [
    'makes a config that never comes',
    '() => new Promise(() => {})',
    /Nothing is left to do.*never settles.*\[process_ended\]/,
    'call',
  ],
])('a function that %s fails the command, with a sentence', async (_, call, message, made) => {
  const { code, said } = await run(call, made)
  expect(code).toBe(1)
  expect(said).toMatch(message)
  expect(said).not.toMatch(/^ +at /m)
})

it.each<[what: string, call: string, ends: unknown[], message: RegExp, made?: string]>([
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
  [
    'never gives back control while the config is made',
    '() => { writeSync(1, "called"); for (;;); }',
    process.platform === 'linux' ? ['SIGTERM'] : ['SIGTERM', 'SIGKILL'],
    /^/,
    'call',
  ],
  [
    'processes rows and never gives one',
    'async function* () { writeSync(1, "called"); await new Promise(() => {}) }',
    [143],
    /Stopped by SIGTERM before it was done/,
    `{ columns: [${sampled}], processors: [{ name: 'p', processor_type: 'function', function: call }] }`,
  ],
])('one SIGTERM ends a command whose function %s', async (_, call, ends, message, made) => {
  const child = spawn(process.execPath, [...commandFor(call, 5000, made)])
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
