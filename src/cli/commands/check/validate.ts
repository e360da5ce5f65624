import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { loadConfigOrWorkflow } from '../../../entries/commands.ts'
import { loadMcpProviders, loadProviders, loadRunConfig, withDefaultModels } from '../../../entries/config.ts'
import { validateWorkflow, type Workflow } from '../../../entries/workflow.ts'
import { type Config, type ValidateOptions, validate } from '../../../index.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { addHomeOption, type HomeValues, homeOf, providersGiven } from '../../options/home.ts'
import { type ModelValues, modelOption } from '../../options/model-option.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { seedLines } from '../../text/seed-lines.ts'
import { inLine } from '../../text/terminal-text.ts'

interface ValidateValues extends HomeValues, ModelValues {
  readonly runConfig?: string
  readonly mcpProviders?: string
  readonly managedAssets?: string
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
        return checkWorkflow(file, found.workflow, options)
      }
      const { mcpProviders, managedAssets, model: models, runConfig } = values
      await checkConfig(file, withDefaultModels(found.config, home.modelConfigs), {
        ...options,
        models,
        ...(runConfig === undefined ? {} : { runConfig: await loadRunConfig(runConfig) }),
        ...(mcpProviders === undefined ? {} : { mcpProviders: await loadMcpProviders(mcpProviders) }),
        ...(managedAssets === undefined ? {} : { managedAssets }),
      })
    },
  )
}

async function checkConfig(file: string, config: Config, options: ValidateOptions): Promise<void> {
  const { columns, seed, notBuilt, warnings } = await validate(config, options)
  writeOut(`${inLine(`${file} is valid: ${columns.join(', ')}`)}\n`)
  if (seed !== null) writeOut(`${seedLines(seed).map(inLine).join('\n')}\n`)
  warn(warnings, notBuilt)
}

async function checkWorkflow(file: string, workflow: Workflow, options: ValidateOptions): Promise<void> {
  const { stages, notBuilt, warnings } = await validateWorkflow(workflow, options)
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
