import type { Command } from 'commander'
import { qualityTables } from '../../../entries/commands.ts'
import { type ColumnProfile, type DatasetProfile, open } from '../../../index.ts'
import { addUnfinishedConfigOption, type ConfigValues, configGiven } from '../../options/given-config.ts'
import { addProfileOptions, type ProfileValues, profileOptions } from '../../options/profile-options.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { counted, formatAmount } from '../../text/amounts.ts'
import { formatTable } from '../../text/table.ts'
import { inLine } from '../../text/terminal-text.ts'
import { ofUnfinished, whyNot } from '../../text/unfinished.ts'
import { widthOf } from '../../text/width.ts'

type Values = ConfigValues & ProfileValues & { json?: true }

export function addProfile(program: Command): void {
  const command = addUnfinishedConfigOption(program.command('profile'))
    .description(
      'Print statistics of each column of DATASET_DIR: values, nulls, distributions, validation results, scores, tokens; and of the whole: requested against got, agreement of judges, cost, dropped rows.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
  addProfileOptions(command)
    .option('--json', 'print one JSON object on stdout')
    .action(async (directory: string, { json, ...values }: Values) => {
      const options = profileOptions(values)
      const found = await open(directory, await configGiven(values)).profile(options)
      if (json) printObject({ dataset_path: directory, ...found, exit_code: 0 })
      else writeOut(formatProfile(found))
    })
}

function formatProfile(profile: DatasetProfile): string {
  const {
    num_records: records,
    unfinished,
    column_statistics: columns,
    side_effect_column_names: others,
  } = profile
  if (columns.length === 0) return `No rows yet.\n${whyNot(unfinished)}`
  const rows = columns.map((column) => ({
    column: column.column_name,
    type: column.column_type,
    'data type': column.simple_dtype,
    null: BigInt(column.num_null),
    distinct: BigInt(column.num_unique),
    found: [foundIn(column), lengthsIn(profile, column.column_name)].filter((text) => text !== '').join('; '),
  }))
  const more = others.length === 0 ? '' : `next to them: ${inLine(others.join(', '))}\n`
  const width = widthOf(process.stdout, 110)
  return `${counted(records, 'row')}${ofUnfinished(unfinished)}\n${formatTable(rows, width)}\n${more}${formatQuality(profile, width)}${whyNot(unfinished)}`
}

function formatQuality(profile: DatasetProfile, width: number): string {
  return qualityTables(profile, formatAmount)
    .map(
      ({ title, rows, notes }) => `\n${[title, formatTable(rows, width), ...notes.map(inLine)].join('\n')}\n`,
    )
    .join('')
}

function lengthsIn({ text_lengths: lengths }: DatasetProfile, column: string): string {
  const found = lengths.find(({ column_name: name }) => name === column)
  if (found === undefined) return ''
  const repeated = found.repeated > 0 ? `, ${found.repeated} repeated` : ''
  return `${found.min} to ${found.max} characters, median ${short(found.median)}${repeated}`
}

function foundIn(column: ColumnProfile): string {
  return [...valuesIn(column), ...tokensIn(column)].join('; ')
}

function tokensIn({ input_tokens_median: took, output_tokens_median: gave }: ColumnProfile): string[] {
  return took === undefined || gave === undefined ? [] : [`${took} tokens in, ${gave} out (median)`]
}

function valuesIn({
  distribution,
  num_valid_records: valid,
  score_distributions: scores,
  dimensions,
  num_records: records,
}: ColumnProfile): string[] {
  if (valid !== undefined) return [`${valid} of ${records} valid`]
  if (scores !== undefined) return Object.entries(scores).map(([name, found]) => `${name} ${countsOf(found)}`)
  if (dimensions !== undefined)
    return [`${dimensions.categories.length > 1 ? 'dimensions' : 'dimension'} ${countsOf(dimensions)}`]
  if (distribution === undefined || distribution === null) return []
  if ('histogram' in distribution)
    return [
      `most ${String(distribution.most_common_value)}, least ${String(distribution.least_common_value)}`,
    ]
  const { min, median, max, mean } = distribution
  return [`${short(min)} to ${short(max)}, median ${short(median)}, mean ${short(mean)}`]
}

function countsOf({ categories, counts }: NonNullable<ColumnProfile['dimensions']>): string {
  return categories.map((category, at) => `${String(category)}: ${counts[at]}`).join(', ')
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
