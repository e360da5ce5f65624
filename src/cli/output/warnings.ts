/** Warnings of the process on stderr: Rowsmith's as a sentence, all others the way Node shows them. */

import { style } from '../text/style.ts'
import { inLine } from '../text/terminal-text.ts'
import { writeErr } from './output.ts'

/** Call once. With Node's option for no warnings, none is shown. */
export function showWarnings(): void {
  const shownByNode = process.listeners('warning')
  if (shownByNode.length === 0) return
  process.removeAllListeners('warning')
  process.on('warning', (warning: Error & { code?: string }) => {
    if (warning.code?.startsWith('ROWSMITH_')) writeErr(formatWarning(warning))
    else for (const show of shownByNode) show.call(process, warning)
  })
}

function formatWarning({ message, code }: Error & { code?: string }): string {
  return `${style('yellow', 'warning:')} ${inLine(message)}. [${code}]\n`
}

/** True for a warning that was thrown because an option makes Node throw them. */
export function isDeprecation(thrown: unknown): thrown is Error {
  return thrown instanceof Error && thrown.name === 'DeprecationWarning'
}
