/**
 * How far our verdicts on code agree with those of compilers: `npm run validators:code -- [--show] [--only LANGUAGE]`. They have to be
 * installed; TypeScript is. A compiler is asked about syntax alone.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { checkIn } from '../src/validate/check.ts'
import { codeLanguages, manySlipsOf, snippetsOf } from './validators/corpus.ts'

const { values: given } = parseArgs({
  options: { show: { type: 'boolean', default: false }, only: { type: 'string' } },
})

type Verdict = Readonly<Record<string, boolean>>

function judged(language: string, codes: readonly string[]): Verdict[] {
  if (language === 'javascript' || language === 'typescript')
    return codes.map((code) => byTypeScript(language, code))
  const input = codes.map((code) => JSON.stringify({ language, code })).join('\n')
  const script = new URL('validators/judge_code.py', import.meta.url).pathname
  const { stdout, stderr, status } = spawnSync('python3', [script], {
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

function byTypeScript(language: string, code: string): Verdict {
  const reads = (name: string): boolean => {
    const { diagnostics } = ts.transpileModule(code, {
      fileName: name,
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ESNext, jsx: ts.JsxEmit.Preserve },
    })
    return (diagnostics ?? []).length === 0
  }
  return { tsc: language === 'javascript' ? reads('a.jsx') : reads('a.ts') || reads('a.tsx') }
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

console.log('| language | compared with | snippets | of them valid here | slips | agreement |')
console.log('|---|---|---|---|---|---|')
for (const language of codeLanguages) {
  if (given.only !== undefined && given.only !== language) continue
  const check = await checkIn(language)
  // Of Python the syntax alone: lint is no part of a compiler.
  const isValid = (cell: Awaited<ReturnType<typeof check>>): boolean =>
    language === 'python' ? cell.python_linter_severity !== 'fatal' : cell.is_valid === true
  const snippets = snippetsOf(language)
  const slips = manySlipsOf(snippets)
  const texts = [...snippets, ...slips]
  const ours: boolean[] = []
  for (const code of texts) ours.push(isValid(await check(code)))
  const others = judged(language, texts)
  const judge = Object.keys(others[0]!)[0]!
  const differing = others.flatMap((said, at) => (said[judge] === ours[at] ? [] : [at]))
  if (given.show)
    for (const at of differing)
      console.log(
        at < snippets.length ? 'SNIPPET' : 'SLIP',
        ours[at],
        JSON.stringify(texts[at]),
        (await check(texts[at]!)).error_messages,
      )
  const valid = ours.slice(0, snippets.length).filter(Boolean).length
  console.log(
    `| ${language} | ${judge} | ${snippets.length} | ${percent(valid, snippets.length)} | ${slips.length} | ${percent(texts.length - differing.length, texts.length)} |`,
  )
}
