import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { withDefaultModels } from '../../../entries/config.ts'
import { askModel, checkModels, type ModelAnswer, type ModelCheck } from '../../../entries/models.ts'
import { loadConfig } from '../../../index.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { settingsGiven } from '../../options/settings.ts'
import { printObject } from '../../output/json-output.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { exitCodes } from '../../process/exit-codes.ts'
import { formatTable } from '../../text/table.ts'
import { onOneLine, visible } from '../../text/terminal-text.ts'
import { widthOf } from '../../text/width.ts'

interface Values extends HomeValues, ModelValues {
  envFile?: string
  json?: true
}

export function addModels(program: Command, end: (exitCode: number) => void): void {
  const models = program.command('models')
  describe(models.command('check'), end)
  addAsk(models)
}

/** What Data Designer calls `models check`. */
export function addCheckModels(program: Command, end: (exitCode: number) => void): void {
  describe(program.command('check-models', { hidden: true }), end)
}

function describe(command: Command, end: (exitCode: number) => void): void {
  command
    .summary('ask every model one small question')
    .description(
      "Sends every model that CONFIG uses the smallest request of its kind, all at once. Without CONFIG, those of Data Designer's home folder.",
    )
    .argument('[config]', 'the config, YAML or JSON, or a module')
    .addOption(modelOption())
    .option('--providers <file>', 'YAML file that defines providers')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .option('--json', 'print one JSON object on stdout')
  addHomeOption(command).action(async (path: string | undefined, values: Values) => {
    const home = await homeOf(values)
    const config =
      path === undefined ? home.modelConfigs : withDefaultModels(await loadConfig(path), home.modelConfigs)
    if (path === undefined && home.modelConfigs.length === 0) {
      throw usageError('There are no models to check', 'Name a config: rowsmith models check CONFIG.')
    }
    const { env, providers } = await settingsGiven({ ...values, ...providersGiven(values, home) }, 'create')
    const checks = await checkModels(config, {
      models: [...values.model],
      ...withoutUndefined({ env, providers }),
    })
    const exitCode = checks.some(({ status }) => status === 'failed') ? exitCodes.models : 0
    if (values.json === true) printObject({ models: checks, exit_code: exitCode })
    else writeOut(formatChecks(checks))
    end(exitCode)
  })
}

function formatChecks(checks: readonly ModelCheck[]): string {
  if (checks.length === 0) return 'The config uses no model.\n'
  const rows = checks.map(({ alias, provider, model, kind, status, latency_ms: latency }) => ({
    alias,
    model: `${provider}/${model}`,
    kind,
    status: status === 'failed' ? 'FAILED' : status,
    latency: latency === null ? '' : `${latency} ms`,
  }))
  const reasons = checks
    .filter(({ status }) => status === 'failed')
    .map(({ alias, code, message, next_step: next }) => `${alias}: ${message} (${code})\n  ${next}\n`)
  return `${formatTable(rows, widthOf(process.stdout, 110))}\n${reasons.length === 0 ? '' : `\n${reasons.join('')}`}`
}

interface AskValues extends Values {
  config?: string
  system?: string
}

function addAsk(models: Command): void {
  const ask = models
    .command('ask')
    .summary('ask one model one question')
    .description(
      "Sends PROMPT to the model that ALIAS stands for, once, with its settings, and prints the answer. Nothing is stored, and no dataset is touched. Without --config, ALIAS is one of Data Designer's home folder, or a built-in one.",
    )
    .argument('<alias>', 'the model alias')
    .argument('<prompt>', 'the prompt; - reads it from stdin')
    .option('--config <config>', 'the config that defines the alias')
    .option('--system <prompt>', 'a system prompt')
    .addOption(modelOption())
    .option('--providers <file>', 'YAML file that defines providers')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .option('--json', 'print one JSON object on stdout')
  addHomeOption(ask).action(async (alias: string, prompt: string, values: AskValues) => {
    const home = await homeOf(values)
    const { config: path, system } = values
    const config =
      path === undefined ? home.modelConfigs : withDefaultModels(await loadConfig(path), home.modelConfigs)
    const { env, providers } = await settingsGiven({ ...values, ...providersGiven(values, home) }, 'create')
    const answer = await askModel(config, alias, prompt === '-' ? await text(process.stdin) : prompt, {
      models: [...values.model],
      ...withoutUndefined({ env, providers, systemPrompt: system }),
    })
    if (values.json === true) printAnswer(alias, answer)
    else showAnswer(answer)
  })
}

function printAnswer(
  alias: string,
  { content, reasoning, finishReason, vector, usage, latencyMs }: ModelAnswer,
): void {
  printObject({
    alias,
    content,
    reasoning,
    finish_reason: finishReason,
    vector: vector === null ? null : [...vector],
    input_tokens: usage.inputTokens,
    output_tokens: usage.outputTokens,
    latency_ms: latencyMs,
    exit_code: 0,
  })
}

function showAnswer({ content, finishReason, vector, usage, latencyMs }: ModelAnswer): void {
  const answer = content ?? `${vector?.length ?? 0} numbers: ${vector?.slice(0, 4).join(', ')}, ...`
  writeOut(`${visible(answer)}\n`)
  const end = finishReason === null || finishReason === 'stop' ? '' : `, ended by ${onOneLine(finishReason)}`
  writeErr(`${usage.inputTokens} tokens in, ${usage.outputTokens} out, ${latencyMs} ms${end}\n`)
}
