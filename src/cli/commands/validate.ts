import type { Command } from 'commander'
import { isWorkflowFile, loadConfig, loadWorkflow, validate, validateWorkflow } from '../../index.ts'
import { writeErr, writeOut } from '../output.ts'

export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('check a config')
    .description(
      'Checks CONFIG without asking a model or writing a file. A seed dataset that is there is read through.',
    )
    .argument('<config>', 'the config, or a workflow, YAML or JSON')
    .action(async (file: string) => {
      if (await isWorkflowFile(file)) return checkWorkflow(file)
      const config = await loadConfig(file)
      const { columns, notBuilt, warnings } = await validate(config)
      writeOut(`${file} is valid: ${columns.join(', ')}\n`)
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
