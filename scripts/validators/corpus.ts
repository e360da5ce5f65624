/**
 * The statements that validators are measured on: forms that people write, each in two settings, and what a slip of the hand makes of them.
 * A line of a `*.sql.txt` file is one form; `\n` in it is a line break, `{t}` and the like are names.
 */
import { readFileSync } from 'node:fs'

const settings: readonly Readonly<Record<string, string>>[] = [
  {
    t: 'orders',
    u: 'customers',
    a: 'order_date',
    b: 'status',
    c: 'amount',
    k: 'customer_id',
    s: "'open'",
    n: '5',
  },
  {
    t: 'readings',
    u: 'sensors',
    a: 'taken_at',
    b: 'site',
    c: 'celsius',
    k: 'sensor_id',
    s: "'north'",
    n: '20',
  },
]

export const sqlDialects = ['postgres', 'sqlite', 'mysql', 'tsql', 'bigquery', 'ansi'] as const
export type SqlDialect = (typeof sqlDialects)[number]

function linesOf(name: string): string[] {
  const text = readFileSync(new URL(`${name}.sql.txt`, import.meta.url), 'utf8')
  return text.split('\n').filter((line) => line !== '')
}

function filled(form: string, names: Readonly<Record<string, string>>): string {
  return form.replaceAll('\\n', '\n').replaceAll(/\{([tuabcksn])\}/g, (_, name: string) => names[name]!)
}

/** Statements of a dialect, all meant to be valid. */
export function statementsOf(dialect: SqlDialect): string[] {
  const forms = [...linesOf('core'), ...linesOf(dialect)]
  return settings.flatMap((names) => forms.map((form) => filled(form, names)))
}

const slips: readonly ((words: readonly string[], at: number) => string[])[] = [
  (words, at) => words.toSpliced(at, 1),
  (words, at) => words.toSpliced(at, 0, words[at]!),
  (words, at) => words.slice(0, at + 1),
  (words, at) => words.toSpliced(at, 0, ','),
]

/** What a slip makes of each: a word left out or doubled, an end that is missing, a comma too many. Some are still valid. */
export function slipsOf(statements: readonly string[]): string[] {
  return statements.map((statement, index) => {
    const words = statement.match(/\s+|\w+|[^\w\s]/g)!
    const places = words.flatMap((word, at) => (/\S/.test(word) ? [at] : []))
    const at = places[(index * 7 + 3) % places.length]!
    return slips[index % slips.length]!(words, at).join('')
  })
}

export const codeLanguages = [
  'python',
  'javascript',
  'typescript',
  'bash',
  'c',
  'cpp',
  'csharp',
  'go',
  'java',
  'ruby',
  'rust',
  'swift',
] as const

export type CodeLanguage = (typeof codeLanguages)[number]

/** Snippets of a language, all meant to be valid. In its file a line `%%` stands between two. */
export function snippetsOf(language: CodeLanguage): string[] {
  return readFileSync(new URL(`${language}.code.txt`, import.meta.url), 'utf8')
    .trimEnd()
    .split('\n%%\n')
}

/** Every kind of slip of each, at three places. */
export function manySlipsOf(snippets: readonly string[]): string[] {
  return slipsOf([...snippets, ...snippets, ...snippets])
}
