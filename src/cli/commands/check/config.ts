import { extname } from 'node:path'
import { type Command, Option } from 'commander'
import { usageError } from '../../../base/text/flag-values.ts'
import { writeNamed } from '../../../entries/commands.ts'
import { type ConfigFormat, configFormats, convertConfig } from '../../../entries/config.ts'
import { addConfigArgs, configArgs } from '../../options/config-args.ts'
import { isStandardOutput, writeErr, writeOut } from '../../output/output.ts'
import { inLine } from '../../text/terminal-text.ts'

interface Values {
  to?: ConfigFormat
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

export function addConfig(program: Command): void {
  const config = program.command('config')
  const convert = config
    .command('convert')
    .summary('write a config as YAML, JSON or TypeScript')
    .description(
      'Convert CONFIG to another format with the same config_hash. Reads configs that Data Designer wrote, too. Comments are lost.',
    )
    .argument(
      '<config>',
      'the config, YAML or JSON, or a module without functions; or the web address of YAML or JSON',
    )
    .addOption(
      new Option('-t, --to <format>', 'the format (default: by the name of --output)').choices(configFormats),
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

function formatOf({ to, output }: Values): ConfigFormat {
  if (to !== undefined) return to
  if (output === undefined || isStandardOutput(output)) return 'yaml'
  const format = endings[extname(output).toLowerCase()]
  if (format !== undefined) return format
  throw usageError(`It is unknown what ${output} is to be`, 'Name the form: --to yaml, json or typescript.')
}
