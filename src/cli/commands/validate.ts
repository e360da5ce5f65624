import type { Command } from 'commander'
import {
  isWorkflowFile,
  loadConfig,
  loadMcpProviders,
  loadWorkflow,
  validate,
  validateWorkflow,
  withDefaultModels,
} from '../../index.ts'
import { addHomeOption, type HomeValues, homeOf } from '../home.ts'
import { writeErr, writeOut } from '../output.ts'
import { seedLines } from '../seed-lines.ts'

interface ValidateValues extends HomeValues {
  readonly mcpProviders?: string
  readonly managedAssets?: string
}

export function addValidate(program: Command): void {
  const command = program
    .command('validate')
    .summary('check a config')
    .description(
      'Checks CONFIG without asking a model or writing a file. A seed dataset that is there is read through.',
    )
    .argument('<config>', 'the config, or a workflow, YAML or JSON')
    .option(
      '--mcp-providers <file>',
      'YAML file that defines MCP providers: those that tool configs name must be there',
    )
    .option('--managed-assets <dir>', 'the folder that holds person datasets, as Data Designer has it')
  addHomeOption(command).action(async (file: string, values: ValidateValues) => {
    if (await isWorkflowFile(file)) return checkWorkflow(file)
    const { modelConfigs } = await homeOf(values)
    const config = withDefaultModels(await loadConfig(file), modelConfigs)
    const { mcpProviders, managedAssets } = values
    const { columns, seed, notBuilt, warnings } = await validate(config, {
      ...(mcpProviders === undefined ? {} : { mcpProviders: await loadMcpProviders(mcpProviders) }),
      ...(managedAssets === undefined ? {} : { managedAssets }),
      env: process.env,
    })
    writeOut(`${file} is valid: ${columns.join(', ')}\n`)
    if (seed !== null) writeOut(`${seedLines(seed).join('\n')}\n`)
    for (const warning of warnings) writeErr(`warning: ${warning}\n`)
    warnOf(notBuilt)
  })
}

async function checkWorkflow(file: string): Promise<void> {
  const { stages, notBuilt } = validateWorkflow(await loadWorkflow(file))
  writeOut(`${file} is valid\n`)
  for (const { name, columns } of stages) writeOut(`  ${name}: ${columns.join(', ')}\n`)
  warnOf(notBuilt)
}

function warnOf(notBuilt: readonly { readonly column: string; readonly type: string }[]): void {
  for (const { column, type } of notBuilt) {
    writeErr(`warning: this version of Rowsmith cannot make "${column}" (${type}) yet\n`)
  }
}
