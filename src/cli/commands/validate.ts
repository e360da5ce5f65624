import type { Command } from 'commander'
import { loadConfig, validate } from '../../index.ts'
import { writeErr, writeOut } from '../output.ts'

export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('check a config')
    .description(
      'Checks CONFIG without asking a model or writing a file. A seed dataset that is there is read through.',
    )
    .argument('<config>', 'the config, YAML or JSON')
    .action(async (file: string) => {
      const config = await loadConfig(file)
      const { columns, notBuilt, warnings } = await validate(config)
      writeOut(`${file} is valid: ${columns.join(', ')}\n`)
      for (const warning of warnings) writeErr(`warning: ${warning}\n`)
      for (const { column, type } of notBuilt) {
        writeErr(`warning: this version of Rowsmith cannot make "${column}" (${type}) yet\n`)
      }
    })
}
