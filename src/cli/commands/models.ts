import type { Command } from 'commander'
import { checkModels, loadConfig, type ModelCheck, withDefaultModels } from '../../index.ts'
import { exitCodes } from '../exit-codes.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../home.ts'
import { printObject } from '../json-output.ts'
import { type ModelValues, modelOption } from '../model-option.ts'
import { writeOut } from '../output.ts'
import { formatTable } from '../table.ts'
import { usageError } from '../usage.ts'
import { widthOf } from '../width.ts'
import { sourcesOf } from './run-options.ts'

interface Values extends HomeValues, ModelValues {
  envFile?: string
  json?: true
}

/** `models check`, and `check-models`, which is what Data Designer calls it. */
export function addModels(program: Command, end: (exitCode: number) => void): void {
  const models = program.command('models')
  describe(models.command('check'), end)
  describe(program.command('check-models', { hidden: true }), end)
}

function describe(command: Command, end: (exitCode: number) => void): void {
  command
    .summary('ask every model one small question')
    .description(
      "Asks every model that CONFIG uses the smallest question of its kind, all at once: one request each. Without CONFIG, those of Data Designer's home folder.",
    )
    .argument('[config]', 'the config, YAML or JSON, or a module')
    .addOption(modelOption())
    .option('--providers <file>', 'providers besides the built-in ones')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .option('--json', 'print one JSON object on stdout')
  addHomeOption(command).action(async (path: string | undefined, values: Values) => {
    const home = await homeOf(values)
    const config =
      path === undefined ? home.modelConfigs : withDefaultModels(await loadConfig(path), home.modelConfigs)
    if (path === undefined && home.modelConfigs.length === 0) {
      throw usageError('There are no models to check', 'Name a config: rowsmith models check CONFIG.')
    }
    const { env, providers } = await sourcesOf({ ...values, ...providersGiven(values, home) })
    const checks = await checkModels(config, {
      models: [...values.model],
      ...(env === undefined ? {} : { env }),
      ...(providers === undefined ? {} : { providers }),
    })
    const exitCode = checks.some(({ status }) => status === 'failed') ? exitCodes.models : 0
    if (values.json === true) printObject({ models: checks, exit_code: exitCode })
    else writeOut(told(checks))
    end(exitCode)
  })
}

function told(checks: readonly ModelCheck[]): string {
  if (checks.length === 0) return 'The config asks no model.\n'
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
