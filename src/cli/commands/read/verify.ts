import type { Command } from 'commander'
import { asRowsmithError } from '../../../base/errors/errors.ts'
import { loadProviders } from '../../../entries/config.ts'
import {
  type Finding,
  open,
  type Verification,
  type VerifyOptions,
  type VerifyProgress,
} from '../../../index.ts'
import { underNpm } from '../../options/environment.ts'
import { addConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { printFailure, printObject } from '../../output/json-output.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { formatError } from '../../output/report.ts'
import { exitCodeOf, exitCodes } from '../../process/exit-codes.ts'
import { watchSignals } from '../../process/signals.ts'
import { formatBytes } from '../../text/amounts.ts'
import { eraseLines } from '../../text/style.ts'

interface Values extends ConfigValues {
  repair?: true
  replay?: true
  providers?: string
  quiet?: true
  json?: true
}

export function addVerify(program: Command, end: (exitCode: number) => void): void {
  const command = program
    .command('verify')
    .description(
      'Check every file of DATASET_DIR against its recorded checksum. Reports damage, the possible repair, and the requests that the repair would need.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--repair', 'repair what needs no request; replaced files go to .rowsmith/quarantine')
    .option('--replay', 'rebuild the dataset from stored answers, offline, and compare the bytes')
    .option('--providers <file>', 'YAML file that defines providers, if that of the last run is missing')
    .option('-q, --quiet', 'print no progress')
    .option('--json', 'print one JSON object on stdout')
  addConfigOption(command).action(async (directory: string, values: Values) => {
    const { json, quiet, providers, repair = false, replay = false } = values
    const signals = watchSignals({ underNpm: underNpm() })
    const progress = new VerifyLine(quiet === true)
    const options: VerifyOptions = {
      repair,
      replay,
      signal: signals.signal,
      onProgress: (event) => progress.show(event),
      ...(await configGiven(values)),
      ...(providers === undefined ? {} : { providers: await loadProviders(providers) }),
    }
    try {
      const report = await open(directory).verify(options)
      progress.clear()
      const code = report.whole ? 0 : exitCodes.verify
      if (json) printObject({ ...report, exit_code: code })
      else writeOut(`${formatVerification(report)}\n`)
      if (code !== 0) end(code)
    } catch (thrown) {
      progress.clear()
      // The reason of the signal itself ends what it interrupts.
      const error = asRowsmithError(thrown)
      const code = exitCodeOf(error, signals.received)
      if (json) printFailure(error, code, {})
      writeErr(formatError(error, false))
      end(code)
    } finally {
      signals.dispose()
    }
  })
}

const showEveryMs = 200

/** How far it is, on a terminal. */
class VerifyLine {
  readonly #silent: boolean
  #shownAt = Number.NEGATIVE_INFINITY
  #shown = false

  constructor(quiet: boolean) {
    this.#silent = quiet || process.stderr.isTTY !== true
  }

  show({ phase, done, of, bytes }: VerifyProgress): void {
    const now = performance.now()
    if (this.#silent || now - this.#shownAt < showEveryMs) return
    this.#shownAt = now
    this.#shown = true
    const what = phase === 'files' ? 'files checked' : 'row groups replayed'
    writeErr(`${eraseLines()}${done} of ${of} ${what}, ${formatBytes(bytes)}`)
  }

  clear(): void {
    if (this.#shown) writeErr(eraseLines())
  }
}

const shownMax = 50

function formatVerification(report: Verification): string {
  const { checked, findings, repaired, replay, row_groups: groups, writer } = report
  const lines = [report.dataset_path]
  if (writer !== null) lines.push(`  in use by ${writer}: only published files are checked`)
  const rate = checked.bytes / 1e9 / Math.max(checked.seconds, 1e-3)
  lines.push(
    `  ${checked.files} files checked, ${formatBytes(checked.bytes)}, ${rate.toFixed(2)} GB/s` +
      `${groups === null ? '' : `; ${groups.published} of ${groups.total} row groups published`}`,
  )
  lines.push(...formatFindings(findings, repaired === null))
  if (repaired !== null) {
    lines.push(...repaired.actions.map(({ path, action }) => `  repaired   ${path}: ${action}`))
    const remaining = repaired.remaining.filter(({ severity }) => severity !== 'leftover')
    if (remaining.length > 0) lines.push('  what is left:', ...formatFindings(remaining, true))
  }
  if (replay !== null) {
    lines.push(
      `  replayed   ${replay.equal} row groups equal, ${replay.differing} differ, ${replay.not_replayed} cannot be replayed`,
    )
    for (const { group, outcome, reason } of replay.groups.slice(0, shownMax)) {
      lines.push(`  ${outcome === 'differs' ? 'differs   ' : 'not       '} row group ${group}: ${reason}`)
    }
  }
  lines.push(`  ${resultLine(report)}`)
  return lines.join('\n')
}

function formatFindings(findings: readonly Finding[], withRepair: boolean): string[] {
  const lines = findings.slice(0, shownMax).flatMap(({ severity, path, problem, repair, cost }) => {
    const price = cost === null ? '; the cost of that is unknown' : formatCost(cost)
    return [
      `  ${severity.padEnd(10)} ${path}: ${problem}`,
      ...(withRepair && severity !== 'leftover' ? [`             repair: ${repair}${price}`] : []),
    ]
  })
  const more = findings.length - shownMax
  return more > 0 ? [...lines, `  and ${more} more; --json lists all`] : lines
}

function formatCost({ requests, at_most: most, columns }: NonNullable<Finding['cost']>): string {
  if (most === 0) return ''
  const range = most === requests ? `${requests}` : `${requests} to ${most}`
  const parts = columns.map(({ column, requests: own, at_most: all }) =>
    own === all ? `${own} ${column}` : `${own} to ${all} ${column}`,
  )
  return `; ${range} requests again${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`
}

function resultLine({ whole, repaired, cost, findings, replay }: Verification): string {
  if (whole)
    return repaired !== null && repaired.actions.length > 0 ? 'repaired: all is whole' : 'all is whole'
  const left = (repaired?.remaining ?? findings).filter(({ severity }) => severity !== 'leftover')
  if (left.length === 0) return `not whole: ${replay?.differing} row groups come out differently`
  if (repaired === null && left.some(({ repairable }) => repairable))
    return 'not whole: --repair repairs what can be repaired'
  return cost?.at_most === 0
    ? 'not whole'
    : `not whole: rowsmith resume makes what is open${cost === null ? '' : formatCost(cost)}`
}
