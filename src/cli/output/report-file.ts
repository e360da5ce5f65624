/** Reports on a dataset, written where the user says. */
import { writeNamed } from '../../entries/commands.ts'
import { inLine } from '../text/terminal-text.ts'
import { isStandardOutput, writeBytes, writeErr } from './output.ts'

/** To a file, or to standard output; says where it is. */
export async function writeReport(path: string, text: string, overwrite: boolean): Promise<void> {
  if (isStandardOutput(path)) return writeBytes(Buffer.from(text))
  await writeNamed(path, text, { overwrite })
  writeErr(`report written to ${inLine(path)}\n`)
}
