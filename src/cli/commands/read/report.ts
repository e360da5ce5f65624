import type { Command } from 'commander'
import { parseCount, usageError } from '../../../base/text/flag-values.ts'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { reportText } from '../../../entries/commands.ts'
import { open, type ReportOptions } from '../../../index.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { addProfileOptions, type ProfileValues, profileOptions } from '../../options/profile-options.ts'
import { printObject } from '../../output/json-output.ts'
import { isStandardOutput } from '../../output/output.ts'
import { writeReport } from '../../output/report-file.ts'

interface Values extends ConfigValues, ProfileValues {
  html?: string
  md?: string
  json?: true
  rows?: number
  where?: string
  quality: boolean
  overwrite?: true
}

export function addReport(program: Command): void {
  const command = addUnfinishedConfigOption(program.command('report'))
    .description(
      'Write a report on DATASET_DIR, to pass on: rows, cost, profile, near-duplicates, agreement of judges, failures, first rows, config. Equal datasets give equal files.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .option('--html <file>', 'one HTML file that needs no other and no network; - for standard output')
    .option('--md <file>', 'the same as Markdown; - for standard output')
    .option('--json', 'print one JSON object on stdout')
    .option('--rows <n>', 'how many rows are shown (default: 200)', (text: string) =>
      parseCount(text, '--rows', 0),
    )
    .option('--where <condition>', 'rows for which an SQL condition holds: "stars <= 2"')
    .option('--overwrite', 'replace existing files')
    .option('--no-quality', 'do not look through texts for near-duplicates and diversity')
  addProfileOptions(command).action(async (directory: string, { html, md, json, ...values }: Values) => {
    if (html === undefined && md === undefined && !json) {
      throw usageError(
        'A report goes to a file or to standard output',
        'Add --html FILE, --md FILE or --json.',
      )
    }
    if (
      [html, md].filter((name) => name !== undefined && isStandardOutput(name)).length + (json ? 1 : 0) >
      1
    ) {
      throw usageError(
        'Standard output takes one report',
        'Name files for the others: --html FILE, --md FILE.',
      )
    }
    const dataset = open(directory, await configGiven(values))
    const report = await dataset.report('json', reportOptions(values))
    const overwrite = values.overwrite === true
    if (html !== undefined) await writeReport(html, await reportText('html', report), overwrite)
    if (md !== undefined) await writeReport(md, await reportText('markdown', report), overwrite)
    if (json) printObject({ dataset_path: directory, ...report, exit_code: 0 })
  })
}

function reportOptions({
  rows,
  where,
  quality,
  ...values
}: Omit<Values, 'html' | 'md' | 'json'>): ReportOptions {
  const looked: ProfileValues = quality ? { nearDuplicates: true, diversity: true, ...values } : values
  return { ...profileOptions(looked), ...withoutUndefined({ rows, where }) }
}
