/** Commands for programs that drive Rowsmith: what there is. */
import type { Command } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { agentContext } from '../../agents/context.ts'
import { configTypes, typesNamed } from '../../agents/types.ts'
import { readEnvironment } from '../../options/environment.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { inLine } from '../../text/terminal-text.ts'

export function addContext(program: Command): void {
  program
    .command('context')
    .description(
      'Print, as one JSON object under 4 kB, what a coding agent has to know: version, types, keys that are set (names alone), configs and datasets of this folder, commands, rules.',
    )
    .option('--json', 'the same: it is always JSON')
    .action(() => printObject(agentContext(readEnvironment(undefined))))
}

export function addTypes(program: Command): void {
  program
    .command('types')
    .description(
      'List the types that a config may name: columns, samplers, validators, processors, seeds; or the fields of one, with its descriptions.',
    )
    .argument('[name]', 'a type, such as llm-text, or a family, such as samplers')
    .option('--json', 'print one JSON object on stdout')
    .action((name: string | undefined, values: { json?: true }) => {
      const chosen = name === undefined ? configTypes() : typesNamed(name)
      if (chosen.length === 0) {
        throw usageError(`There is no type "${name}"`, 'Run `rowsmith types` to see all of them.')
      }
      if (values.json) {
        const brief = chosen.map((type) => ({ family: type.family, name: type.name }))
        return printObject({ types: name === undefined ? brief : chosen, exit_code: 0 })
      }
      for (const { family, name: type, fields } of chosen) {
        writeOut(`${family.padEnd(12)}${type}\n`)
        if (name === undefined) continue
        for (const { name: field, required, description } of fields) {
          const mark = required ? ' (required)' : ''
          writeOut(`  ${inLine(`${field}${mark}: ${description ?? ''}`)}\n`)
        }
      }
    })
}
