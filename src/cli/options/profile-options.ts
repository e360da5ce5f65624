/** The options of a profile: which texts and labels to look through, and for what. */
import { type Command, InvalidArgumentError } from 'commander'
import { parseCount, usageError } from '../../base/text/flag-values.ts'
import { withoutUndefined } from '../../base/values/without-undefined.ts'
import type { ProfileOptions } from '../../index.ts'
import { parseColumns } from './usage.ts'

export interface ProfileValues {
  columns?: readonly string[]
  nearDuplicates?: true
  threshold?: number
  diversity?: true
  against?: readonly string[]
  field?: string
  ngram?: number
  containment?: number
  ignoreCommon?: number | null
  agreement?: readonly (readonly string[])[]
  level?: Level
}

const levels = ['nominal', 'ordinal', 'interval'] as const
type Level = (typeof levels)[number]

export function addProfileOptions(command: Command): Command {
  return command
    .option('--near-duplicates', 'look for texts that equal or resemble an earlier one')
    .option('--threshold <share>', 'how similar near-duplicates are (default: 0.8)', shareOf('--threshold'))
    .option('--against <file>', 'look for the prompts of this file in the texts; may be repeated', collected)
    .option('--field <name>', 'the field of a prompt in these files')
    .option('--ngram <words>', 'words of an n-gram of a prompt (default: 8)', (text: string) =>
      parseCount(text, '--ngram', 1),
    )
    .option(
      '--containment <share>',
      "share of a prompt's n-grams that a text has (default: 0.5)",
      shareOf('--containment'),
    )
    .option(
      '--ignore-common <prompts>',
      'n-grams in more prompts than this do not count (default: 10); none counts all',
      (text: string) => (text === 'none' ? null : parseCount(text, '--ignore-common', 1)),
    )
    .option('--diversity', 'count distinct n-grams, openings and lengths of texts')
    .option('--columns <names>', 'columns of text to look through: question,answer', parseColumns)
    .option(
      '--agreement <scores>',
      'compare scores of judges, such as judge_a.clarity,judge_b.clarity; may be repeated',
      (text: string, before: readonly (readonly string[])[] = []) => [...before, parseColumns(text)],
    )
    .option('--level <level>', 'how labels are compared: nominal, ordinal or interval', parseLevel)
}

function collected(text: string, before: readonly string[] = []): readonly string[] {
  if (text === '') throw new InvalidArgumentError('It takes the path of a file.')
  return [...before, text]
}

function shareOf(option: string): (text: string) => number {
  return (text) => {
    const percent = /^(\d+(?:\.\d+)?)%$/.exec(text)?.[1]
    const share = percent !== undefined ? Number(percent) / 100 : /^\d*\.?\d+$/.test(text) ? Number(text) : 0
    if (share > 0 && share <= 1) return share
    throw usageError(`${option} takes a number above 0 and up to 1, such as 0.8, not "${text}"`)
  }
}

function parseLevel(text: string): Level {
  const level = levels.find((known) => known === text)
  if (level === undefined) throw usageError(`--level takes ${levels.join(', ')}, not "${text}"`)
  return level
}

/** @throws RowsmithError usage for an option without the one it belongs to */
export function profileOptions(values: ProfileValues): ProfileOptions {
  const { columns, threshold, against, field, ngram, containment, ignoreCommon, agreement, level } = values
  const looksAtTexts = values.nearDuplicates || values.diversity || against !== undefined
  if (threshold !== undefined && !values.nearDuplicates) throw without('--threshold', '--near-duplicates')
  if (columns !== undefined && !looksAtTexts)
    throw without('--columns', '--near-duplicates, --diversity or --against')
  if (level !== undefined && agreement === undefined) throw without('--level', '--agreement')
  const ofPrompts = withoutUndefined({ field, ngram, containment, ignoreCommon })
  const [first] = Object.keys(ofPrompts)
  if (first !== undefined && against === undefined) throw without(flagOf(first), '--against FILE')
  return withoutUndefined<ProfileOptions>({
    columns,
    nearDuplicates: values.nearDuplicates && (threshold === undefined ? true : { threshold }),
    diversity: values.diversity,
    contamination: against && { against, ...ofPrompts },
    agreement: agreement?.map((judges) => ({ judges, ...withoutUndefined({ level }) })),
  })
}

const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`

const without = (option: string, needed: string): Error => usageError(`${option} needs ${needed}`)
