/**
 * The commands there are. What a command takes and does is loaded when it is chosen: help and errors need names alone.
 */
import { Command } from 'commander'

interface Named {
  readonly name: string
  readonly summary: string
  /** No help shows it. */
  readonly hidden?: true
  /** Resolves to what adds the command, with all it takes, to the program. */
  readonly load: () => Promise<Add>
}

type Add = (program: Command, end: (exitCode: number) => void) => void

const commands: readonly Named[] = [
  {
    name: 'init',
    summary: 'write the files of a new project',
    load: async () => (await import('./commands/check/init.ts')).addInit,
  },
  {
    name: 'create',
    summary: 'make a dataset, or go on with it',
    load: async () => (await import('./commands/run/create.ts')).addCreate,
  },
  {
    name: 'preview',
    summary: 'make the first rows of a dataset, and show them',
    load: async () => (await import('./commands/run/preview.ts')).addPreview,
  },
  {
    name: 'dev',
    summary: 'edit a config, see its first rows change in the browser',
    load: async () => (await import('./commands/run/dev.ts')).addDev,
  },
  {
    name: 'workflow',
    summary: 'run stages, each from the rows of the one before',
    load: async () => (await import('./commands/run/workflow.ts')).addWorkflow,
  },
  {
    name: 'resume',
    summary: 'go on with a dataset',
    load: async () => (await import('./commands/run/resume.ts')).addResume,
  },
  {
    name: 'retry',
    summary: 'ask again for what failed, or for what you name',
    load: async () => (await import('./commands/run/retry.ts')).addRetry,
  },
  {
    name: 'batches',
    summary: 'show what was handed over by batches, or call it back',
    load: async () => (await import('./commands/run/batches.ts')).addBatches,
  },
  {
    name: 'status',
    summary: 'show how far a dataset is',
    load: async () => (await import('./commands/read/status.ts')).addStatus,
  },
  {
    name: 'inspect',
    summary: 'show everything about one row',
    load: async () => (await import('./commands/read/inspect.ts')).addInspect,
  },
  {
    name: 'log',
    summary: 'show the history of a dataset',
    load: async () => (await import('./commands/read/log.ts')).addLog,
  },
  {
    name: 'head',
    summary: 'show the first rows of a dataset',
    load: async () => (await import('./commands/read/head.ts')).addHead,
  },
  {
    name: 'view',
    summary: 'look at a dataset in the browser',
    load: async () => (await import('./commands/read/view.ts')).addView,
  },
  {
    name: 'profile',
    summary: 'count what is in the columns of a dataset',
    load: async () => (await import('./commands/read/profile.ts')).addProfile,
  },
  {
    name: 'report',
    summary: 'write a report on a dataset: one HTML file, Markdown or JSON',
    load: async () => (await import('./commands/read/report.ts')).addReport,
  },
  {
    name: 'export',
    summary: 'write the rows of a dataset to one file',
    load: async () => (await import('./commands/read/export.ts')).addExport,
  },
  {
    name: 'verify',
    summary: 'check every file of a dataset, repair it',
    load: async () => (await import('./commands/read/verify.ts')).addVerify,
  },
  {
    name: 'validate',
    summary: 'check a config',
    load: async () => (await import('./commands/check/validate.ts')).addValidate,
  },
  {
    name: 'convert',
    summary: 'write a config as YAML, JSON or TypeScript',
    load: async () => (await import('./commands/check/convert.ts')).addConvert,
  },
  {
    name: 'config',
    summary: 'the same as convert, by its earlier name: config convert',
    hidden: true,
    load: async () => (await import('./commands/check/convert.ts')).addConfig,
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of configs, for editors',
    load: async () => (await import('./commands/check/schema.ts')).addSchema,
  },
  {
    name: 'types',
    summary: 'list the types that a config may name, with their fields',
    load: async () => (await import('./commands/check/agents.ts')).addTypes,
  },
  {
    name: 'context',
    summary: 'print what a coding agent has to know',
    load: async () => (await import('./commands/check/agents.ts')).addContext,
  },
  {
    name: 'mcp',
    summary: 'serve Rowsmith to an MCP client',
    load: async () => (await import('./commands/check/mcp.ts')).addMcp,
  },
  {
    name: 'models',
    summary: 'look at the models of a config',
    load: async () => (await import('./commands/check/models.ts')).addModels,
  },
  {
    name: 'check-models',
    summary: 'ask every model one small question',
    hidden: true,
    load: async () => (await import('./commands/check/models.ts')).addCheckModels,
  },
  {
    name: 'tools',
    summary: 'look at the tools of a config',
    load: async () => (await import('./commands/check/tools.ts')).addTools,
  },
  {
    name: 'download',
    summary: 'fetch the person datasets of NVIDIA',
    load: async () => (await import('./commands/check/download.ts')).addDownload,
  },
  {
    name: 'simulate',
    summary: 'serve a simulated model',
    load: async () => (await import('./commands/check/simulate.ts')).addSimulate,
  },
  {
    name: 'completion',
    summary: 'print the completion script of a shell',
    load: async () => {
      const { addCompletion } = await import('./commands/check/completion.ts')
      return (program) => addCompletion(program, wholeProgram)
    },
  },
  {
    name: 'crashtest',
    summary: 'kill runs of a config and check every promise',
    load: async () => (await import('./commands/check/crashtest.ts')).addCrashtest,
  },
]

/** Adds all commands, in the order of the help; the one that `args` choose with all it takes, the others by name. */
export async function addCommands(
  program: Command,
  args: readonly string[],
  end: (exitCode: number) => void,
): Promise<void> {
  const words = args.filter((arg) => !arg.startsWith('-'))
  const word = words[0] === 'help' ? words[1] : words[0]
  for (const { name, summary, hidden = false, load } of commands) {
    if (name === word) (await load())(program, end)
    else program.command(name, { hidden })
    program.commands.find((command) => command.name() === name)?.summary(summary)
  }
}

/** Every command with all it takes, for what describes them. */
export async function wholeProgram(): Promise<Command> {
  const program = new Command('rowsmith')
  for (const { name, summary, hidden = false, load } of commands) {
    if (hidden) continue
    ;(await load())(program, () => {})
    program.commands.find((command) => command.name() === name)?.summary(summary)
  }
  return program
}
