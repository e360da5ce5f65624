/** The one place that reads the environment: variables, `.env`, how this process was started. */
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { errnoOf } from '../../base/errors/errors.ts'
import { usageError } from '../../base/text/flag-values.ts'

/**
 * The variables keys are looked up in: those of the process, and below them those of a file.
 *
 * @param file given with `--env-file`; without it `.env` of the working folder, when there is one
 * @throws RowsmithError `usage` when the file given cannot be read
 */
export function readEnvironment(file: string | undefined): Record<string, string | undefined> {
  let text = ''
  try {
    text = readFileSync(file ?? '.env', 'utf8')
  } catch (error) {
    const reason = errnoOf(error) ?? 'unreadable'
    if (file !== undefined) {
      throw usageError(
        `Cannot read the environment file "${file}": ${reason}`,
        'Check the path given with --env-file.',
      )
    }
    if (reason !== 'ENOENT')
      throw usageError(`Cannot read .env: ${reason}`, 'Fix the file, or give another with --env-file.')
  }
  return { ...parseEnv(text), ...process.env }
}

/** True when npm or npx started this process: signals come twice, and commands to paste begin with npx. */
export function underNpm(): boolean {
  return process.env.npm_command !== undefined
}

/** Where Data Designer keeps its settings: `DATA_DESIGNER_HOME`, else `.data-designer` in the user's home. */
export function dataDesignerHome(): string {
  return process.env.DATA_DESIGNER_HOME ?? join(homedir(), '.data-designer')
}
