/**
 * SQL: whether a text parses in a dialect. Nothing is executed, and no table is looked for.
 *
 * Rules:
 *   1. PostgreSQL and SQLite have their own parsers, whose word is final. The others share one that is fast; what it refuses is
 *      valid when the grammar of the dialect knows it (T-SQL, MySQL).
 *   2. As in Data Designer, a DECIMAL with a precision but no scale is a complaint: it would cut every fraction off. Strings,
 *      comments and quoted names may say what they like.
 */
import type { Check, SqlLanguage } from '../common/languages.ts'
import { complaint, invalidSyntax, unbearable, validSyntax } from '../common/languages.ts'
import { isTooDeep } from '../common/nesting.ts'
import { placeOfCharacters } from '../common/places.ts'
import { restated } from '../common/restate.ts'
import { decimalsIn } from './sql-decimals.ts'
import type { GrammarDialect } from './sql-grammars.ts'
import { ansiRestatings, tsqlRestatings } from './sql-restatings.ts'

type SharedDialect = Exclude<SqlLanguage, 'sql:postgres' | 'sql:sqlite'>

const dialects = {
  'sql:tsql': 'mssql',
  'sql:bigquery': 'bigquery',
  'sql:mysql': 'mysql',
  'sql:ansi': 'ansi',
} as const satisfies Record<SharedDialect, string>

const noStatement = 'There is no statement'

export async function loadSql(language: SqlLanguage): Promise<Check> {
  const parse = await parserOf(language)
  return async (code) => {
    if (isTooDeep(code)) return unbearable(language)
    const complaints = await parse(code)
    return complaints.length === 0 ? validSyntax : invalidSyntax(...complaints)
  }
}

function parserOf(language: SqlLanguage): Promise<Parse> {
  if (language === 'sql:postgres') return loadPostgres()
  return language === 'sql:sqlite' ? loadOwnSqlite() : loadShared(language)
}

type Parse = (code: string) => readonly string[] | Promise<readonly string[]>

async function loadPostgres(): Promise<Parse> {
  const { hasSqlDetails, loadModule, parseSync, SqlError } = await import('libpg-query')
  await loadModule()
  return (code) => {
    // The parser refuses an empty text as if it had been called wrongly.
    if (code.trim() === '') return [noStatement]
    try {
      const tree = parseSync(code)
      if ((tree.stmts ?? []).length === 0) return [noStatement]
      const bytes = Buffer.from(code)
      return complaintsOfTree(tree, (node) => postgresDecimal(node, bytes))
    } catch (error) {
      if (!(error instanceof SqlError) || !hasSqlDetails(error)) throw error
      return [complaint(...placeOfCharacters(code, error.sqlDetails?.cursorPosition ?? 0), error.message)]
    }
  }
}

/** PostgreSQL calls both DECIMAL and NUMERIC numeric; the text shows which it was. */
function postgresDecimal(node: Readonly<Record<string, unknown>>, bytes: Buffer): string | undefined {
  const { names, typmods, location } = node
  if (!Array.isArray(names) || !Array.isArray(typmods) || typmods.length !== 1) return undefined
  const at = typeof location === 'number' ? location : 0
  const word = bytes.subarray(at, at + 'decimal'.length).toString('latin1')
  if (word.toLowerCase() !== 'decimal') return undefined
  const precision: unknown = typmods[0]?.A_Const?.ival?.ival
  return decimalComplaint(Number(precision))
}

async function loadOwnSqlite(): Promise<Parse> {
  const { loadSqlite } = await import('./sqlite.ts')
  const parse = await loadSqlite()
  return (code) => {
    const complaints = parse(code)
    if (complaints === undefined) return [noStatement]
    return complaints.length > 0 ? complaints : decimalComplaints(code, 'sql:sqlite')
  }
}

async function loadShared(language: SharedDialect): Promise<Parse> {
  const { init, parse, ParserError } = await import('@guanmingchiu/sqlparser-ts')
  await init()
  const fast = (
    code: string,
    dialect: (typeof dialects)[SharedDialect] | 'generic' = dialects[language],
  ): readonly string[] | { readonly refused: string } => {
    try {
      const statements: readonly unknown[] = parse(code, dialect)
      if (statements.length === 0) return [noStatement]
      const [odd] = complaintsOfTree(statements, (node) => wordAsName(node) ?? plainUnion(node, language))
      if (odd !== undefined || isCutOff(code, language)) return { refused: odd ?? 'The text is cut off' }
      return complaintsOfTree(statements, (node) => sharedDecimal(node) ?? foreignLimit(node, language))
    } catch (error) {
      if (!(error instanceof ParserError)) throw error
      return { refused: parserMessage(error.message) }
    }
  }
  // Its own idea of ANSI is SQL-92; what came later is in a dialect without a name.
  const known = (sql: string): string | undefined => {
    const found = fast(sql, language === 'sql:ansi' ? 'generic' : undefined)
    return 'refused' in found ? found.refused : found[0]
  }
  const patient = await loadPatient(language, known)
  return async (text) => {
    const code = withoutCommands(text, language)
    const found = fast(code)
    if (!('refused' in found)) return found
    const complaints = await patient(code, found.refused)
    return complaints.length > 0 ? complaints : decimalComplaints(code, language)
  }
}

type Patient = (code: string, refused: string) => readonly string[] | Promise<readonly string[]>

/** Who knows more of a dialect than the fast parser, and checks what that refuses. */
async function loadPatient(
  language: SharedDialect,
  known: (sql: string) => string | undefined,
): Promise<Patient> {
  if (language === 'sql:mysql') return (code) => grammarComplaints(code, language)
  if (language === 'sql:tsql')
    return (code) => {
      const words = restated(code, tsqlRestatings)
      return words !== code && known(words) === undefined ? [] : grammarComplaints(words, language)
    }
  if (language === 'sql:ansi') return loadStandard(known)
  const { bigQueryComplaints } = await import('./bigquery.ts')
  return (code) => bigQueryComplaints(code, known)
}

/** The standard is what PostgreSQL and MySQL's procedures are close to: it has no parser of its own. */
async function loadStandard(known: (sql: string) => string | undefined): Promise<Patient> {
  const postgres = await loadPostgres()
  const isKnown = async (sql: string): Promise<boolean> => {
    if (known(sql) === undefined || (await postgres(sql)).length === 0) return true
    return isRoutine.test(sql) && (await grammarComplaints(sql, 'sql:mysql')).length === 0
  }
  return async (code, refused) => {
    const words = restated(code, ansiRestatings)
    return (await isKnown(code)) || (words !== code && (await isKnown(words))) ? [] : [refused]
  }
}

const isRoutine = /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:PROCEDURE|FUNCTION|TRIGGER)\b/i

const grammars = new Map<GrammarDialect, Promise<(code: string) => readonly string[]>>()

async function grammarComplaints(code: string, dialect: GrammarDialect): Promise<readonly string[]> {
  const loading =
    grammars.get(dialect) ?? import('./sql-grammars.ts').then((made) => made.loadSqlGrammar(dialect))
  grammars.set(dialect, loading)
  return (await loading)(code)
}

function decimalComplaints(code: string, language: SqlLanguage): readonly string[] {
  return [...new Set(decimalsIn(code, language).map(decimalComplaint))]
}

/** GO and DELIMITER are no SQL: tools send what stands between two of them. */
function withoutCommands(code: string, language: SharedDialect): string {
  if (language === 'sql:tsql') return code.replace(/^[ \t]*GO(?:[ \t]+\d+)?[ \t]*;?[ \t]*(?=\r?$)/gim, ';')
  if (language !== 'sql:mysql' || !/^\s*DELIMITER\b/im.test(code)) return code
  let delimiter = ';'
  const lines = code.split('\n').map((line) => {
    const [, given] = /^\s*DELIMITER\s+(\S+)\s*$/i.exec(line) ?? []
    delimiter = given ?? delimiter
    if (given !== undefined) return ''
    const end = line.trimEnd()
    return end.endsWith(delimiter) ? `${end.slice(0, -delimiter.length)};` : line
  })
  return lines.join('\n')
}

const reserved = /^(?:AS|FROM|WHERE|SELECT|GROUP|ORDER|HAVING|JOIN|UNION|AND|OR|WHEN|THEN|BETWEEN)$/i

/** The fast parser takes nearly every word for a column where it expects one. */
function wordAsName({ Identifier: name }: Readonly<Record<string, unknown>>): string | undefined {
  if (!isObject(name) || typeof name.value !== 'string' || typeof name.quote_style === 'string')
    return undefined
  return reserved.test(name.value) ? `${name.value} is no name` : undefined
}

/** BigQuery has no UNION that does not say whether doubles count. */
function plainUnion(
  { SetOperation: operation }: Readonly<Record<string, unknown>>,
  language: SharedDialect,
): string | undefined {
  const isPlain = language === 'sql:bigquery' && isObject(operation) && operation.set_quantifier === 'None'
  return isPlain ? `${String(operation.op).toUpperCase()} needs ALL or DISTINCT` : undefined
}

/** The fast parser takes words for names that begin something in T-SQL. */
function isCutOff(code: string, language: SharedDialect): boolean {
  if (language !== 'sql:tsql') return false
  return /\bWITH\s*;?\s*$/i.test(code) || (/\bBEGIN\s+TRY\b/i.test(code) && !/\bEND\s+TRY\b/i.test(code))
}

function sharedDecimal(node: Readonly<Record<string, unknown>>): string | undefined {
  const type = node.Decimal
  if (typeof type !== 'object' || type === null || !('Precision' in type)) return undefined
  return decimalComplaint(Number(type.Precision))
}

/** TOP and LIMIT are read in every dialect. */
function foreignLimit(node: Readonly<Record<string, unknown>>, language: SharedDialect): string | undefined {
  const isTsql = language === 'sql:tsql'
  if (!isTsql && isObject(node.top)) return 'TOP is no clause of this dialect'
  if (isTsql && isObject(node.limit_clause)) {
    const limit = node.limit_clause.LimitOffset
    if (isObject(limit) && isObject(limit.limit)) return 'LIMIT is no clause of this dialect'
  }
  return undefined
}

function decimalComplaint(precision: number): string {
  return `DECIMAL(${precision}) has no scale, so it keeps no fraction`
}

/** Complaints about nodes of a syntax tree, in the order of the text. */
function complaintsOfTree(
  tree: unknown,
  complain: (node: Readonly<Record<string, unknown>>) => string | undefined,
): string[] {
  const complaints: string[] = []
  const open: unknown[] = [tree]
  while (open.length > 0) {
    const node = open.pop()
    if (!isObject(node)) continue
    const found = Array.isArray(node) ? undefined : complain(node)
    if (found !== undefined && !complaints.includes(found)) complaints.push(found)
    open.push(...Object.values(node).filter(isObject).reverse())
  }
  return complaints
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function parserMessage(message: string): string {
  const [, what, line, column] =
    /^(?:sql parser error: )?(.*?)(?: at Line: (\d+), Column: (\d+))?$/s.exec(message) ?? []
  if (what === undefined) return message
  return line === undefined ? what : complaint(Number(line), Number(column), what)
}
