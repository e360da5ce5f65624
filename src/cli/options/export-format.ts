/** The option `--format`. */

import { usageError } from '../../base/text/flag-values.ts'
import { exportFormats } from '../../entries/commands.ts'
import type { ExportFormat } from '../../index.ts'

export function parseExportFormat(text: string): ExportFormat {
  const format = exportFormats.find((known) => known === text)
  if (format === undefined) throw usageError(`--format takes ${exportFormats.join(', ')}, not "${text}"`)
  return format
}
