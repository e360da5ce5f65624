/**
 * Runs what pages show in ```console blocks, and compares what comes out.
 *
 * 1. A page is played from top to bottom in a folder of its own. A block whose first line names a file, such as `# qa.yaml`,
 *    is that file; a second block of the same name replaces it.
 * 2. A line that begins with `$ ` is run by bash; the lines below it are what it prints, stdout and stderr.
 *    A line `...` stands for any number of lines. Progress lines are left out on both sides.
 * 3. Times, rates, dates, process numbers and sizes of files are not compared, everything else is: pages give `--seed`.
 * 4. OpenAI is a simulator on this machine: nothing leaves it, and no key is needed.
 * 5. After `<!-- figures vary: REASON -->` the numbers of a block are not compared. After `<!-- not run: REASON -->` a block is
 *    not run, and counted. After `<!-- instead: COMMAND -->` that command is run in its place, and nothing is compared.
 */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { literally } from '../../src/base/text/pattern.ts'
import { type CodeBlock, codeBlocks } from '../shared/pages.ts'

const root = resolve(import.meta.dirname, '../..')

/** A command of a page, its place, and what it has to print. */
interface Command {
  at: string
  line: string
  expected: string[]
  figuresVary: boolean
}

function commandsOf({ text }: CodeBlock, at: string, figuresVary: boolean): Command[] {
  const commands: Command[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('$ ')) commands.push({ at, line: line.slice(2), expected: [], figuresVary })
    else commands.at(-1)?.expected.push(line)
  }
  return commands
}

/** A page's folder, with `npx`, `rowsmith` and an OpenAI that is the simulator at `endpoint`. */
export class PageRun {
  readonly #folder = mkdtempSync(join(tmpdir(), 'rowsmith-docs-'))
  readonly #environment: NodeJS.ProcessEnv

  constructor(endpoint: string) {
    const bin = join(this.#folder, '.bin')
    const home = join(this.#folder, '.home')
    mkdirSync(bin)
    mkdirSync(home)
    const rowsmith = `exec "${process.execPath}" "${join(root, 'bin/rowsmith.js')}" "$@"\n`
    for (const [name, script] of [
      ['rowsmith', rowsmith],
      ['npx', `shift\n${rowsmith}`],
    ] as const) {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}`)
      chmodSync(join(bin, name), 0o755)
    }
    const openai = { name: 'openai', endpoint, provider_type: 'openai', api_key: 'OPENAI_API_KEY' }
    writeFileSync(join(home, 'model_providers.yaml'), JSON.stringify({ providers: [openai] }))
    this.#environment = {
      PATH: `${bin}:${process.env.PATH}`,
      HOME: home,
      DATA_DESIGNER_HOME: home,
      OPENAI_API_KEY: 'sk-simulated',
      NO_COLOR: '1',
      NODE_NO_WARNINGS: '1',
    }
  }

  /** What does not come out as the page says. */
  async play(page: string, text: string): Promise<{ faults: string[]; ran: number; skipped: number }> {
    const faults: string[] = []
    let ran = 0
    let skipped = 0
    for (const block of codeBlocks(text)) {
      const file = /^(?:#|\/\/) (\S+\.(?:ya?ml|ts|json|csv))\n/.exec(block.text)?.[1]
      if (file !== undefined) writeFileSync(join(this.#folder, file), block.text)
      if (block.language !== 'console') continue
      const [, mark, of = ''] = /^(not run|figures vary|instead): (.+)$/.exec(block.comment ?? '') ?? []
      if (mark === 'not run') skipped++
      else if (mark === 'instead') await this.#run(of)
      else
        for (const command of commandsOf(block, `${page}:${block.line}`, mark === 'figures vary')) {
          ran++
          faults.push(...(await this.#compare(command)))
        }
    }
    return { faults, ran, skipped }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #compare({ at, line, expected, figuresVary }: Command): Promise<string[]> {
    const printed = (await this.#run(line)).replaceAll(`${this.#folder}/`, '')
    const lines = (text: string): string[] =>
      plainLines(text).map((line) => (figuresVary ? line.replace(/\d+(\.\d+)?[kM]?\b/g, 'N') : line))
    if (pattern(lines(expected.join('\n'))).test(lines(printed).join('\n'))) return []
    return [`${at}: $ ${line}\n--- the page says\n${expected.join('\n')}\n--- it prints\n${printed}`]
  }

  #run(line: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    const child = spawn('bash', ['-c', `exec 2>&1\n${line}`], {
      cwd: this.#folder,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      printed += chunk
    })
    child.once('error', reject).once('close', () => resolve(printed))
    return promise
  }
}

/** Without progress lines, empty lines and what differs from run to run. */
function plainLines(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trimEnd().replace(/ *\s# .*$/, ''))
    .filter((line) => line !== '' && !/^\d+\/\d+ rows/.test(line))
    .map((line) =>
      line
        .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?Z?/g, 'DATE')
        .replace(/\d\d-\d\d-\d{4}_\d{6}/g, 'DATE')
        .replace(/\b[\d.]+ ?(ms|s|min|m|h)\b/g, 'TIME')
        .replace(/\b[\d.]+ ?([kKM]i?B|bytes)\b/g, 'SIZE')
        .replace(/[Pp]rocess \d+/g, 'process N')
        .replace(/\S+ on host \S+/g, 'N on host HOST')
        .replace(/ +/g, ' '),
    )
}

function pattern(expected: readonly string[]): RegExp {
  const lines = expected.map((line) =>
    line.trim() === '...' ? '(?:[^\\n]*(?:\\n|$))*?' : `${literally(line)}(?:\\n|$)`,
  )
  return new RegExp(`^${lines.join('')}$`)
}
