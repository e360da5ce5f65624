import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Argument, type Command, Option } from 'commander'
import { errnoOf } from '../../../base/errors/errors.ts'
import { usageError } from '../../../base/text/flag-values.ts'
import { shellWord } from '../../../base/text/shell-word.ts'
import { writeNamed } from '../../../entries/commands.ts'
import { RowsmithError } from '../../../index.ts'
import { printObject } from '../../output/json-output.ts'
import { writeErr, writeOut } from '../../output/output.ts'
import { answerTo, atTerminal, isTerminal, type QuestionPlace } from '../../process/question.ts'
import { datasetFile, type ProjectFile, projectFiles } from '../../project/project-files.ts'
import { type Language, languages, type Template, templates } from '../../project/templates.ts'
import { inLine } from '../../text/terminal-text.ts'

interface Values {
  as?: Language | 'ts'
  folder?: string
  json?: true
}

export function addInit(program: Command): void {
  const names = templates.map(({ name }) => name)
  program
    .command('init')
    .description(
      `Write the files of a new project: a dataset that runs at once on the simulator, without a key. A terminal shows questions for what is not given.\n\nTemplates:\n${templates.map(({ name, summary }) => `  ${name}: ${summary}`).join('\n')}`,
    )
    .addArgument(new Argument('[template]', 'the dataset to start from').choices(names))
    .addOption(
      new Option('--as <language>', 'the language of the dataset (default: yaml)').choices([
        ...languages,
        'ts',
      ]),
    )
    .option('--folder <folder>', 'the folder to write to (default: the name of the template)')
    .option('--json', 'print one JSON object on stdout')
    .action(async (name: string | undefined, values: Values) => {
      await init(name, values, atTerminal)
    })
}

async function init(name: string | undefined, values: Values, place: QuestionPlace): Promise<void> {
  const template = await templateOf(name, place)
  const language = await languageOf(values, name, place)
  const folder = values.folder ?? (await folderOf(template, name, place))
  const files = projectFiles(template, language)
  const left = files.filter((file) => existsSync(join(folder, file.name)))
  const taken = left.filter((file) => !file.isShared)
  if (taken.length > 0) throw alreadyThere(folder, taken)
  const written = files.filter((file) => !left.includes(file))
  makeFolder(folder)
  for (const file of written) await writeNamed(join(folder, file.name), file.text)
  report(folder, language, { written, left }, values.json === true)
}

/** Level by level: Node's own way never ends below /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  if (dirname(folder) !== folder) makeFolder(dirname(folder))
  try {
    mkdirSync(folder)
  } catch (error) {
    throw new RowsmithError(
      'folder_unwritable',
      `Cannot create the folder "${folder}": ${errnoOf(error) ?? 'unknown'}`,
      {
        facts: { folder },
        nextStep: 'Name another folder: --folder NAME. Nothing was written.',
      },
    )
  }
}

function alreadyThere(folder: string, files: readonly ProjectFile[]): RowsmithError {
  const paths = files.map((file) => join(folder, file.name))
  return new RowsmithError(
    'output_exists',
    `There is ${paths.map((path) => `"${path}"`).join(', ')} already`,
    {
      facts: { files: paths },
      nextStep: 'Name another folder: --folder NAME. Nothing was written.',
    },
  )
}

async function templateOf(name: string | undefined, place: QuestionPlace): Promise<Template> {
  const lines = templates.map(({ name, summary }, index) => `  ${index + 1}  ${name.padEnd(18)}${summary}\n`)
  if (isTerminal(place) && name === undefined) place.output.write(lines.join(''))
  const answer = name ?? (await answerTo('Which dataset? [1] ', place))
  if (answer === undefined) {
    throw usageError(
      'No template is named',
      `Use one of: ${templates.map((each) => each.name).join(', ')}. Example: rowsmith init reviews --as yaml`,
    )
  }
  const found = templates.find((each, index) => each.name === answer || `${index + 1}` === (answer || '1'))
  if (found === undefined) throw usageError(`There is no template "${answer}"`)
  return found
}

/** Where the template is given, the rest has its default. */
async function languageOf({ as }: Values, name: string | undefined, place: QuestionPlace): Promise<Language> {
  const isQuestion = as === undefined && name === undefined
  const answer = as ?? (isQuestion ? await answerTo('yaml or typescript? [yaml] ', place) : undefined)
  if (answer === undefined || answer === '') return 'yaml'
  const found =
    languages.find((each) => each.startsWith(answer.toLowerCase())) ??
    (answer === 'ts' ? 'typescript' : undefined)
  if (found === undefined) throw usageError(`A dataset is written in yaml or typescript, not "${answer}"`)
  return found
}

async function folderOf(template: Template, name: string | undefined, place: QuestionPlace): Promise<string> {
  const answer = name === undefined ? await answerTo(`Which folder? [${template.name}] `, place) : undefined
  return answer === undefined || answer === '' ? template.name : answer
}

interface Outcome {
  readonly written: readonly ProjectFile[]
  readonly left: readonly ProjectFile[]
}

function report(folder: string, language: Language, { written, left }: Outcome, json: boolean): void {
  const file = datasetFile(language)
  const enter = folder === '.' ? [] : [`cd ${shellWord(folder)}`]
  const next = [...enter, `npx rowsmith preview ${file} -n 3`]
  if (json) {
    const paths = (files: readonly ProjectFile[]): string[] => files.map(({ name }) => join(folder, name))
    printObject({
      folder,
      dataset: join(folder, file),
      written: paths(written),
      left: paths(left),
      next,
      exit_code: 0,
    })
    return
  }
  for (const { name } of written) writeOut(`${inLine(join(folder, name))}\n`)
  for (const { name } of left) writeErr(`${inLine(join(folder, name))} is there, and stays as it is\n`)
  writeErr(`\nNext, without a key:\n\n${next.map((line) => `    ${inLine(line)}\n`).join('')}\n`)
}
