import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { loadConfigOrWorkflow } from '../../../entries/commands.ts'
import { loadMcpProviders, loadProviders, loadRunConfig, withDefaultModels } from '../../../entries/config.ts'
import { validateWorkflow, type Workflow } from '../../../entries/workflow.ts'
import { type ValidateOptions, type Validation, validate } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { printObject } from '../../output/json-output.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { seedLines } from '../../text/seed-lines.ts'
import { inLine } from '../../text/terminal-text.ts'

interface ValidateValues extends HomeValues, ModelValues {
  readonly runConfig?: string
  readonly mcpProviders?: string
  readonly managedAssets?: string
  readonly json?: true
}

export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .description(
      'Check CONFIG as create would, without a request and without writing a file. An existing seed dataset is read completely.',
    )
    .argument('<config>', 'the config, or a workflow, YAML or JSON')
    .option('--providers <file>', 'YAML file that defines providers; their API keys must be set')
    .option('--mcp-providers <file>', 'YAML file that defines the MCP providers of the tool configs')
    .option('--managed-assets <dir>', "folder of Data Designer's person datasets")
    .addOption(modelOption())
    .option('-c, --run-config <file>', 'YAML file with the run config')
    .option('--json', 'print one JSON object on stdout')
  addConfigArgs(command)
  addHomeOption(command).action(
    async (file: string, args: string[], values: ValidateValues, self: Command) => {
      const home = await homeOf(values)
      const { providers } = providersGiven(values, home)
      const options: ValidateOptions = {
        providers: providers === undefined ? [] : await loadProviders(providers),
        env: process.env,
      }
      const found = await loadConfigOrWorkflow(file, configArgs(args, self))
      if ('workflow' in found) {
        const isChanged = values.model.length > 0 || values.runConfig !== undefined
        if (isChanged)
          throw usageError('--model and --run-config are for a config; a workflow is checked as it is')
        return checkWorkflow(file, found.workflow, options, values)
      }
      const { mcpProviders, managedAssets, model: models, runConfig } = values
      const config = withDefaultModels(found.config, home.modelConfigs)
      const validation = await validate(config, {
        ...options,
        models,
        ...(runConfig === undefined ? {} : { runConfig: await loadRunConfig(runConfig) }),
        ...(mcpProviders === undefined ? {} : { mcpProviders: await loadMcpProviders(mcpProviders) }),
        ...(managedAssets === undefined ? {} : { managedAssets }),
      })
      report(file, validation, values)
    },
  )
}

function report(file: string, validation: Validation, { json }: ValidateValues): void {
  const { columns, seed, notBuilt, warnings } = validation
  if (json) {
    printValid({ columns, seed }, validation)
    return
  }
  writeOut(`${inLine(`${file} is valid: ${columns.join(', ')}`)}\n`)
  if (seed !== null) writeOut(`${seedLines(seed).map(inLine).join('\n')}\n`)
  warn(warnings, notBuilt)
}

function printValid(found: object, { notBuilt, warnings }: Pick<Validation, 'notBuilt' | 'warnings'>): void {
  printObject({ valid: true, ...found, not_built: notBuilt, warnings, exit_code: 0 })
}

async function checkWorkflow(
  file: string,
  workflow: Workflow,
  options: ValidateOptions,
  { json }: ValidateValues,
): Promise<void> {
  const { stages, notBuilt, warnings } = await validateWorkflow(workflow, options)
  if (json) {
    printValid({ steps: stages }, { notBuilt, warnings })
    return
  }
  writeOut(`${inLine(file)} is valid\n`)
  for (const { name, columns } of stages) writeOut(`  ${inLine(`${name}: ${columns.join(', ')}`)}\n`)
  warn(warnings, notBuilt)
}

function warn(
  warnings: readonly string[],
  notBuilt: readonly { readonly column: string; readonly type: string }[],
): void {
  for (const warning of warnings) writeErr(`warning: ${inLine(warning)}\n`)
  for (const { column, type } of notBuilt) {
    writeErr(`warning: this version of Rowsmith cannot make "${column}" (${type}) yet\n`)
  }
}
