/** A virtual environment of Python with some packages, made once. */
import { execFile } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * @param wheels as `openai==2.54.0`
 * @param bare wheels that are installed without what they depend on
 * @returns its interpreter; undefined, with a sentence, where there is no python3 with venv
 */
export async function pythonWith(
  wheels: readonly string[],
  cache: string,
  what: string,
  bare: readonly string[] = [],
): Promise<string | undefined> {
  const folder = join(cache, [...wheels, ...bare].join('-').replaceAll(/[^\w.-]/g, ''))
  const python = join(folder, 'bin', 'python')
  const done = join(folder, 'installed')
  if (existsSync(done)) return python
  try {
    await run('python3', ['-m', 'venv', folder])
  } catch {
    console.log(`skipped: ${what}, since there is no python3 with venv here`)
    return undefined
  }
  await run(python, ['-m', 'pip', 'install', '--quiet', ...wheels])
  if (bare.length > 0) await run(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', ...bare])
  writeFileSync(done, '')
  return python
}
