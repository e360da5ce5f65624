/** A Python script that judges files in a folder, with the packages that it needs. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { outcomesIn, print } from './outcomes.ts'

const run = promisify(execFile)

/**
 * Prints what the script says of a folder.
 *
 * @param script called with the folder; it prints a line per check (`outcomes.ts`)
 * @param fill makes the files in it
 * @param keep whether the folder stays; its path is printed then
 * @returns the exit code
 */
export async function judged(
  python: string,
  script: string,
  fill: (folder: string) => Promise<void>,
  keep: boolean,
): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'rowsmith-judged-'))
  try {
    await fill(folder)
    const env = { ...process.env, HF_HUB_OFFLINE: '1', HF_HOME: join(folder, 'hub') }
    const { stdout } = await run(python, [script, folder], { env, maxBuffer: 1 << 26 })
    return print(outcomesIn(stdout))
  } finally {
    if (keep) console.log(folder)
    else rmSync(folder, { recursive: true, force: true })
  }
}
