/**
 * What `--json` prints: exactly one object on stdout, with the same keys whether it went well or not.
 *
 * Rules: a key that is not known is null, never left out. A run that was refused sent nothing, and says 0.
 */
import { errorCodes, legacyCodes } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import type { Summary } from '../../index.ts'
import { withAliases } from './json-aliases.ts'
import { writeJson } from './output.ts'

const refusedClasses = new Set<string>(['usage', 'refused', 'in_use'])

/** True when the arguments ask for JSON, even if they cannot be parsed otherwise. */
export function wantsJson(args: readonly string[]): boolean {
  const end = args.indexOf('--')
  return args.slice(0, end === -1 ? args.length : end).includes('--json')
}

/**
 * Prints how a run ended.
 *
 * @param more what the command has to say in addition; before the exit code
 */
export function printJson(
  summary: Summary | undefined,
  exitCode: number,
  error: RowsmithError | Error | undefined,
  more: object = { exported: null },
): void {
  const known = summary ?? {
    dataset_path: null,
    decision: null,
    rows_planned: null,
    rows_written: null,
    rows_dropped: null,
    rows_open: null,
    row_groups: null,
    this_run:
      RowsmithError.isInstance(error) && refusedClasses.has(errorCodes[error.code].class)
        ? {
            requests_sent: 0,
            replies_replayed: 0,
            replies_reused: 0,
            usage: { input_tokens: 0, cached_input_tokens: 0, output_tokens: 0, reasoning_tokens: 0 },
            cost: null,
            cost_complete: true,
            models: [],
            seconds: 0,
            columns: [],
          }
        : null,
    total: null,
    replies_unused: null,
    reuse_sources: [],
    cells_skipped: [],
    failures: [],
    resume_command: null,
  }
  printObject({
    ...known,
    ...more,
    exit_code: exitCode,
    ...(error === undefined ? {} : { error: fieldsOf(error) }),
  })
}

const withoutIt = 'Do without what is deprecated, or run Node without --throw-deprecation.'

/** A DeprecationWarning that was thrown has a name, but no code of Rowsmith. */
function fieldsOf(error: RowsmithError | Error): object {
  if (!RowsmithError.isInstance(error)) {
    return { code: error.name, message: error.message, facts: {}, next_step: withoutIt }
  }
  const { code, message, facts, nextStep } = error
  return { code, ...legacyCode(error), message, facts, next_step: nextStep }
}

/** What the code of an error was called before, where it has another name now. */
export function legacyCode({ code }: RowsmithError): { readonly legacy_code?: string } {
  const legacy = legacyCodes[code]
  return legacy === undefined ? {} : { legacy_code: legacy }
}

/** Prints that a command failed which makes no run. @param known what else it has to say */
export function printFailure(error: RowsmithError, exitCode: number, known: object): void {
  printObject({ ...known, exit_code: exitCode, error: fieldsOf(error) })
}

/** Prints one object on a line of its own, with the new names of its members (`json-aliases.ts`). Integers keep every digit: those of JSON have no size. */
export function printObject(object: object): void {
  writeJson(
    JSON.stringify(withAliases(object), (_key, value) =>
      typeof value === 'bigint' ? rawJson(value) : value,
    ),
  )
}

/** TypeScript does not know it yet; every Node we run on does. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

function rawJson(integer: bigint): unknown {
  return rawJSON(String(integer))
}
