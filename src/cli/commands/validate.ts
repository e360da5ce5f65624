import type { Command } from 'commander'
import { loadConfig, validate } from '../../index.ts'
import { writeErr, writeOut } from '../output.ts'

export function addValidate(program: Command): void {
  program
    .command('validate')
    .summary('check a config')
    .description('Checks CONFIG without asking a model or writing a file.')
    .argument('<config>', 'the config, YAML or JSON')
    .action(async (file: string) => {
      const config = await loadConfig(file)
      const notBuilt = validate(config)
      writeOut(`${file} is valid: ${config.columns.map((column) => column.name).join(', ')}\n`)
      for (const { column, type } of notBuilt) {
        writeErr(`warning: this version of Rowsmith cannot make "${column}" (${type}) yet\n`)
      }
    })
}
