import type { Command } from 'commander'
import { withoutUndefined } from '../../../base/values/without-undefined.ts'
import { checkTools, type ToolCheck } from '../../../entries/models.ts'
import { loadConfig } from '../../../index.ts'
import { settingsGiven } from '../../options/settings.ts'
import { printObject } from '../../output/json-output.ts'
import { writeOut } from '../../output/output.ts'
import { exitCodes } from '../../process/exit-codes.ts'
import { formatTable } from '../../text/table.ts'
import { widthOf } from '../../text/width.ts'

interface Values {
  mcpProviders?: string
  envFile?: string
  json?: true
}

export function addTools(program: Command, end: (exitCode: number) => void): void {
  program
    .command('tools')
    .command('check')
    .summary('list what every provider of tools has')
    .description(
      'Connect to the MCP providers of CONFIG, and list their tools. No tool is called and no request is sent to a model.',
    )
    .argument('<config>', 'the config, YAML or JSON, or a module')
    .option('--mcp-providers <file>', 'YAML file that defines MCP providers')
    .option('--env-file <file>', 'read keys from this file instead of .env')
    .option('--json', 'print one JSON object on stdout')
    .action(async (path: string, values: Values) => {
      const { env, mcpProviders } = await settingsGiven({ ...values }, 'create')
      const checks = await checkTools(await loadConfig(path), {
        ...withoutUndefined({ env, mcpProviders }),
      })
      const exitCode = checks.some(({ status }) => status === 'failed') ? exitCodes.models : 0
      if (values.json === true) printObject({ tools: checks, exit_code: exitCode })
      else writeOut(formatChecks(checks))
      end(exitCode)
    })
}

function formatChecks(checks: readonly ToolCheck[]): string {
  if (checks.length === 0) return 'No column of the config calls tools.\n'
  const rows = checks.flatMap(({ alias, tools }) =>
    tools.map(({ provider, name, description, allowed, once }) => ({
      alias,
      provider,
      tool: name,
      allowed: allowed ? 'yes' : 'no',
      once: once ? 'once' : '',
      description,
    })),
  )
  const problems = checks.flatMap(({ alias, problems }) =>
    problems.map(({ message, code, next_step: next }) => `${alias}: ${message} (${code})\n  ${next}\n`),
  )
  const table = rows.length === 0 ? '' : `${formatTable(rows, widthOf(process.stdout, 110))}\n`
  const notes = checks.flatMap(({ alias, notes: lines }) => lines.map((note) => `${alias}: ${note}\n`))
  return [table, problems.join(''), notes.join('')].filter((part) => part !== '').join('\n')
}
