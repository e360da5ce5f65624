/**
 * How far our results on code agree with those of compilers: `npm run validators:code -- [--python PYTHON] [--show] [--only LANGUAGE]`.
 * They have to be installed; TypeScript is. PYTHON is the Python that runs libclang. A compiler judges syntax alone.
 *
 * With `--files FOLDER` the texts are files of the language below it, in place of our own snippets: `--only go --files /usr/local/go/src`.
 */
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkIn } from '../src/validate/checking/check.ts'
import { type CodeLanguage, codeLanguages, manySlipsOf, snippetsOf } from './validators/corpus.ts'
import { byTypeScript } from './validators/judge-typescript.ts'
import { settledResult } from './validators/verdicts.ts'

const { values: given } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    show: { type: 'boolean', default: false },
    only: { type: 'string' },
    files: { type: 'string' },
  },
})

type Results = Readonly<Record<string, boolean>>

function judged(language: CodeLanguage, codes: readonly string[]): Results[] {
  if (language === 'javascript' || language === 'typescript')
    return codes.map((code) => ({ tsc: byTypeScript(language, code) }))
  if (codes.length === 0) return []
  const input = codes.map((code) => JSON.stringify({ language, code })).join('\n')
  const script = new URL('validators/judge_code.py', import.meta.url).pathname
  const { stdout, stderr, status } = spawnSync(given.python, [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** What the judges say; undefined where they differ, and where there is none. */
function truth(language: CodeLanguage, text: string, said: Results): boolean | undefined {
  const [first, ...others] = Object.values(said)
  return settledResult(language, text) ?? (others.every((other) => other === first) ? first : undefined)
}

/** Judges that are older than the language they judge: of a snippet that they refuse, and of its slips, they know nothing. */
const olderJudges: ReadonlySet<CodeLanguage> = new Set(['csharp', 'java', 'ruby'])

const endings: { readonly [L in CodeLanguage]: string } = {
  python: 'py',
  javascript: '{js,mjs,cjs}',
  typescript: 'ts',
  bash: 'sh',
  c: 'c',
  cpp: '{cpp,cc,hpp}',
  csharp: 'cs',
  go: 'go',
  java: 'java',
  ruby: 'rb',
  rust: 'rs',
  swift: 'swift',
}

/** Some hundred of the files, from all over the folder. */
function filesOf(language: CodeLanguage, folder: string): string[] {
  const paths = globSync(`**/*.${endings[language]}`, { cwd: folder }).sort()
  const step = Math.max(1, Math.floor(paths.length / 300))
  return paths
    .filter((_, index) => index % step === 0)
    .map((path) => readFileSync(join(folder, path), 'utf8'))
    .filter((text) => text.length < 100_000)
}

const percent = (part: number, whole: number): string =>
  whole === 0 ? '-' : `${((100 * part) / whole).toFixed(1)} %`

async function measure(language: CodeLanguage): Promise<string> {
  const check = await checkIn(language)
  // Of Python the syntax alone: lint is no part of a compiler.
  const isValid = (cell: Awaited<ReturnType<typeof check>>): boolean =>
    language === 'python' ? cell.python_linter_severity !== 'fatal' : cell.is_valid === true
  const snippets = given.files === undefined ? snippetsOf(language) : filesOf(language, given.files)
  const slips = given.files === undefined ? manySlipsOf(snippets) : []
  const texts = [...snippets, ...slips]
  const own: boolean[] = []
  for (const code of texts) own.push(isValid(await check(code)))
  const others = judged(language, texts)
  const isKnown = (at: number): boolean =>
    !olderJudges.has(language) || Object.values(others[at % snippets.length]!).every(Boolean)
  const truths = texts.map((text, at) => (isKnown(at) ? truth(language, text, others[at]!) : undefined))
  const compared = truths.filter((each) => each !== undefined).length
  const differing = truths.flatMap((each, at) => (each === undefined || each === own[at] ? [] : [at]))
  if (given.show) {
    for (const at of differing) {
      const what = at < snippets.length ? 'SNIPPET' : 'SLIP'
      const shown = JSON.stringify(texts[at]!.slice(0, 2000))
      console.log(what, own[at], shown, (await check(texts[at]!)).error_messages ?? '')
    }
    for (const at of snippets.keys())
      if (Object.values(others[at]!).includes(false))
        console.log('JUDGES REFUSE', JSON.stringify(texts[at]!.slice(0, 2000)))
  }
  const valid = own.slice(0, snippets.length).filter(Boolean).length
  const judges = Object.keys(others[0] ?? {}).join(', ') || 'none'
  const agreement = `${percent(compared - differing.length, compared)} of ${compared}`
  return `| ${language} | ${judges} | ${snippets.length} | ${percent(valid, snippets.length)} | ${slips.length} | ${agreement} |`
}

console.log('| language | compared with | snippets | of them valid here | slips | agreement |')
console.log('|---|---|---|---|---|---|')
for (const language of codeLanguages)
  if (given.only === undefined || given.only === language) console.log(await measure(language))
