/** Reports on a dataset, written where the user says. */
import { writeNamed } from '../../entries/commands.ts'
import type { Dataset, ReportOptions } from '../../index.ts'
import { inLine } from '../text/terminal-text.ts'
import { isStandardOutput, writeBytes, writeErr } from './output.ts'

/** To a file, or to standard output; says where it is. */
export async function writeReport(
  path: string,
  format: 'html' | 'markdown',
  dataset: Pick<Dataset, 'report'>,
  options: ReportOptions,
  overwrite: boolean,
): Promise<void> {
  const text = await dataset.report(format, options)
  if (isStandardOutput(path)) return writeBytes(Buffer.from(text))
  await writeNamed(path, text, { overwrite })
  writeErr(`report written to ${inLine(path)}\n`)
}
