import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Command } from 'commander'
import { parseCount, usageError } from '../../../base/text/flag-values.ts'
import { loadConfig, RowsmithError } from '../../../index.ts'
import { formatDuration } from '../../options/durations.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { eraseLines } from '../../text/style.ts'

/** One broken promise shows up in many ways; a few are enough to see which it is. */
const shownMax = 20

interface Values {
  kills: number
  numRecords: number
  wrapDisk?: string
}

export function addCrashtest(program: Command): void {
  program
    .command('crashtest')
    .description(
      'Kill runs of CONFIG on the simulator while requests are in flight, and check the guarantees after each kill and at the end.',
    )
    .argument('<config>', 'the config, YAML or JSON, or a module')
    .option('--kills <n>', 'number of kills', (text) => parseCount(text, '--kills', 0), 50)
    .option('-n, --num-records <n>', 'rows of a dataset', (text) => parseCount(text, '--num-records', 1), 200)
    .option(
      '--wrap-disk <module>',
      'a module whose `wrap(disk)` gives the disk of each run, to test a disk of your own',
    )
    .action(async (file: string, values: Values) => {
      const config = await loadConfig(file)
      // Loaded only here: no other command needs the volatile disk.
      const { crashTest } = await import('../../../testing/crash/crash-test.ts')
      const directory = mkdtempSync(join(tmpdir(), 'rowsmith-crashtest-'))
      const report = await crashTest({
        config,
        directory,
        kills: values.kills,
        numRecords: values.numRecords,
        ...(values.wrapDisk === undefined ? {} : { wrapDisk: moduleAt(values.wrapDisk) }),
        onProgress: progressLine(),
      })
      if (process.stderr.isTTY) writeErr('\n')
      writeOut(
        `${report.kills} kills with a request in flight${report.postProcessingKills > 0 ? `, ${report.postProcessingKills} while processors were at work` : ''}, ${report.datasets} datasets finished after them, ` +
          `${report.requests} requests, ${report.answersStored} stored answers found, ${report.answersReused} taken from other datasets, ${report.budgetStops} stops by a budget, ${formatDuration(report.seconds * 1000)}\n`,
      )
      if (report.violations.length === 0) {
        rmSync(directory, { recursive: true, force: true })
        writeOut('All guarantees held.\n')
        return
      }
      for (const violation of report.violations.slice(0, shownMax)) writeOut(`broken: ${violation}\n`)
      throw new RowsmithError(
        'crashtest_failed',
        `${report.violations.length} promises were broken; the datasets are in ${directory}`,
        { facts: { violations: report.violations.slice(0, shownMax), directory } },
      )
    })
}

function moduleAt(path: string): URL {
  if (!existsSync(path)) throw usageError(`--wrap-disk: ${path} does not exist`)
  return pathToFileURL(resolve(path))
}

/** Shows how far it is: a line drawn again on a terminal, elsewhere one every few seconds. */
function progressLine(): (progress: { part: string; done: number; of: number }) => void {
  const tty = process.stderr.isTTY === true
  let writtenAt = Number.NEGATIVE_INFINITY
  return ({ part, done, of }) => {
    const line = `${part}: ${done} of ${of}`
    const now = performance.now()
    if (tty) writeErr(`${eraseLines()}${line}`)
    else if (now - writtenAt >= 2000 || done === of) {
      writtenAt = now
      writeErr(`${line}\n`)
    }
  }
}
