/** Files that a user names for a command to write. */
import { nodeDisk } from '../disk/node-disk.ts'
import { outputAt, writeOutput } from '../results/export/output-file.ts'

/**
 * Writes a text to a file, as an export is written: whole or not at all, to where a link leads, into a device or a pipe.
 *
 * @throws RowsmithError output_exists unless `overwrite`, usage for a folder, or a storage error
 */
export async function writeNamed(
  path: string,
  text: string,
  { overwrite = false }: { readonly overwrite?: boolean } = {},
): Promise<void> {
  const output = await outputAt(nodeDisk, path, { overwrite, check: () => {} })
  await writeOutput(nodeDisk, output, (take) => take(Buffer.from(text)))
}
