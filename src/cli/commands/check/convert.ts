import { extname } from 'node:path'
import { type Command, Option } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { writeNamed } from '../../../entries/commands.ts'
import { type ConfigFormat, configFormats, convertConfig } from '../../../entries/config.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { isStandardOutput, writeErr, writeOut } from '../../output/output.ts'
import { inLine } from '../../text/terminal-text.ts'

interface Values {
  to?: ConfigFormat | 'ts'
  output?: string
  overwrite?: true
}

const endings: Readonly<Record<string, ConfigFormat>> = {
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.json': 'json',
  '.ts': 'typescript',
  '.mts': 'typescript',
}

export function addConvert(program: Command): void {
  const convert = program
    .command('convert')
    .description(
      'Write CONFIG as YAML, JSON or TypeScript, with the same config_hash. Reads configs that Data Designer wrote, too. Comments are lost. TypeScript is a dataset() whose prompts the compiler checks.',
    )
    .argument(
      '<config>',
      'the config, YAML or JSON, or a module without functions; or the web address of YAML or JSON',
    )
    .addOption(
      new Option('-t, --to <format>', 'the format (default: by the name of --output)').choices([
        ...configFormats,
        'ts',
      ]),
    )
    .option('-o, --output <file>', 'the file to write (default: -, standard output)')
    .option('--overwrite', 'replace an existing file')
  addConfigArgs(convert).action(async (path: string, args: string[], values: Values, self: Command) => {
    const text = await convertConfig(path, formatOf(values), configArgs(args, self))
    const { output } = values
    if (output === undefined || isStandardOutput(output)) {
      writeOut(text)
      return
    }
    await writeNamed(output, text, { overwrite: values.overwrite === true })
    writeErr(`${inLine(output)}\n`)
  })
}

/** `rowsmith config convert`, as it was called at first. */
export function addConfig(program: Command): void {
  addConvert(program.command('config').description('The same as `rowsmith convert`, by its earlier name.'))
}

function formatOf({ to, output }: Values): ConfigFormat {
  if (to !== undefined) return to === 'ts' ? 'typescript' : to
  if (output === undefined || isStandardOutput(output)) return 'yaml'
  const format = endings[extname(output).toLowerCase()]
  if (format !== undefined) return format
  throw usageError(`It is unknown what ${output} is to be`, 'Name the form: --to yaml, json or typescript.')
}
