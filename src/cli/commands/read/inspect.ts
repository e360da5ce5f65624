import type { Command } from 'commander'
import { parseCount } from '../../../base/text/flag-values.ts'
import { type InspectedRow, open } from '../../../index.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { formatAmount } from '../../text/amounts.ts'
import { onOneLine } from '../../text/terminal-text.ts'

interface Values {
  row: number
  column?: string
  json?: true
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description(
      'Print one row of DATASET_DIR: values, prompts, attempts, answers, failures, tokens, cost, times. Works during a run.',
    )
    .argument('<dataset_dir>', 'the dataset directory')
    .requiredOption('--row <n>', 'number of the row, from 0', (text) => parseCount(text, '--row', 0))
    .option('--column <name>', 'only this column')
    .option('--json', 'print one JSON object on stdout, with the complete answers')
    .action(async (directory: string, { row, column, json }: Values) => {
      const found = await open(directory).inspect({ row, ...(column === undefined ? {} : { column }) })
      if (json) printObject(found)
      else writeOut(formatInspected(found))
    })
}

function formatInspected({
  row,
  row_group: group,
  fate: state,
  verdicts: failures,
  cells,
  not_rendered: why,
}: InspectedRow): string {
  const lines = [`row ${row}, row group ${group}: ${state}`]
  if (why !== null) lines.push(`  values and prompts cannot be shown: ${why}`)
  for (const { column, code, message, superseded, attempts } of failures) {
    const words = message === '' ? '' : `: ${message}`
    lines.push(
      `  result of "${column}": ${code} after ${attempts} requests${words}${superseded ? ' (superseded)' : ''}`,
    )
  }
  for (const { column, value, attempts } of cells) {
    lines.push(`\n${column} = ${onOneLine(JSON.stringify(value, shown) ?? 'null')}`)
    for (const attempt of attempts) lines.push(...formatAttempt(attempt))
  }
  return `${lines.join('\n')}\n`
}

function formatAttempt(attempt: InspectedRow['cells'][number]['attempts'][number]): string[] {
  const { round, superseded, outcome, model, code, status, finish_reason: reason, cost } = attempt
  const tokens = attempt.prompt?.kind === 'chat' ? attempt.prompt.maxTokens : undefined
  const parts = [
    `${outcome} by ${model}`,
    ...(code === null ? [] : [`${code}${status === null ? '' : ` (HTTP ${status})`}`]),
    ...(reason === null ? [] : [`finish reason ${reason}`]),
    ...(outcome === 'answered'
      ? [`${attempt.input_tokens} input and ${attempt.output_tokens} output tokens`]
      : []),
    ...(cost === null ? [] : [`cost ${formatAmount(cost)}`]),
    ...(attempt.sent_at === null ? [] : [`sent ${attempt.sent_at}, ${attempt.milliseconds} ms`]),
    ...(tokens === undefined ? [] : [`max_tokens ${tokens}`]),
    ...(round === 0 ? [] : [`retry ${round}`]),
    ...(superseded ? ['superseded'] : []),
  ]
  const lines = [`  ${parts.join('; ')}`]
  const { prompt, content } = attempt
  if (prompt?.kind === 'chat') {
    for (const { role, content: text } of prompt.messages) {
      lines.push(`    ${role}: ${onOneLine(typeof text === 'string' ? text : JSON.stringify(text))}`)
    }
  }
  if (content !== null) lines.push(`    answer: ${onOneLine(content)}`)
  return lines
}

function shown(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? Number(value) : value
}
