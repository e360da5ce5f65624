/**
 * BigQuery, as far as the shared parser does not know it: scripts, pipes, models, files and table functions.
 *
 * What it knows stays with it. A text is split into what lies around its statements, which is read here, and into statements and
 * expressions, which it checks; what it does not know of those is put in words that it knows, and means the same to a parser.
 *
 * Rules:
 *   1. Nothing is passed over: every token is read here, or stands in something that the shared parser is given.
 *   2. A name that may stand for any query (`TABLE t`, `MODEL m`) is replaced by one.
 */

import { present } from '../../base/errors/present.ts'
import { complaint } from '../common/languages.ts'
import { placeOfCharacters } from '../common/places.ts'
import { BigQueryTokens, type Token } from './bigquery-tokens.ts'

/** What is wrong with SQL that the shared parser is given; undefined when it knows it. */
type Parse = (sql: string) => string | undefined

/** Complaints about a text; none when it is BigQuery SQL. */
export function bigQueryComplaints(code: string, parse: Parse): readonly string[] {
  const tokens = new BigQueryTokens(code)
  try {
    const reader = new Reader(tokens, parse)
    reader.block([])
    return []
  } catch (error) {
    if (!(error instanceof Unread)) throw error
    return [complaint(...placeOfCharacters(code, error.at), error.message)]
  }
}

/** Stops reading; never leaves this file. */
class Unread extends Error {
  readonly at: number

  constructor(at: number, message: string) {
    super(message)
    this.at = at
  }
}

const ends = ['END', 'ELSE', 'ELSEIF', 'EXCEPTION', 'UNTIL', 'WHEN']

class Reader {
  readonly #tokens: BigQueryTokens
  readonly #parse: Parse

  constructor(tokens: BigQueryTokens, parse: Parse) {
    this.#tokens = tokens
    this.#parse = parse
  }

  /** Statements up to one of the words, which is not taken; up to the end of the text when there are none. */
  block(until: readonly string[]): void {
    const tokens = this.#tokens
    for (;;) {
      while (tokens.takes(';')) {}
      if (tokens.atEnd()) {
        if (until.length > 0) this.#fail(`${until[0]} is missing`)
        return
      }
      if (until.some((word) => tokens.is(word))) return
      if (ends.some((word) => tokens.is(word)))
        this.#fail(`unexpected ${present(tokens.peek(), 'tokens').text}`)
      this.#statement()
      if (!tokens.atEnd()) this.#need(';')
    }
  }

  #statement(): void {
    const tokens = this.#tokens
    const isLabel = tokens.isAt(1, ':') && !tokens.isAt(2, ':')
    if (isLabel) {
      tokens.next()
      tokens.next()
    }
    const beginsTransaction = tokens.isAt(1, 'TRANSACTION') || tokens.isAt(1, ';') || tokens.endsAt(1)
    if (tokens.is('BEGIN') && !beginsTransaction) this.#begin()
    else if (tokens.takes('IF')) this.#if()
    else if (tokens.takes('LOOP')) this.#loop('LOOP')
    else if (tokens.takes('WHILE')) this.#while()
    else if (tokens.takes('REPEAT')) this.#repeat()
    else if (tokens.takes('FOR')) this.#for()
    else if (tokens.takes('CASE')) this.#case()
    else if (tokens.takes('LEAVE', 'BREAK', 'CONTINUE', 'ITERATE', 'RETURN')) {
      if (!tokens.atEnd() && !tokens.is(';')) tokens.next()
    } else if (this.#isProcedure()) this.#procedure()
    else this.#leaf(this.#until([';']))
  }

  #while(): void {
    this.#expression(['DO'])
    this.#need('DO')
    this.#loop('WHILE')
  }

  #repeat(): void {
    this.block(['UNTIL'])
    this.#need('UNTIL')
    this.#expression(['END'])
    this.#end('REPEAT')
  }

  #for(): void {
    this.#tokens.next()
    this.#need('IN')
    this.#query(this.#until(['DO']))
    this.#need('DO')
    this.#loop('FOR')
  }

  #begin(): void {
    this.#need('BEGIN')
    this.block(['EXCEPTION', 'END'])
    if (this.#tokens.takes('EXCEPTION')) {
      for (const word of ['WHEN', 'ERROR', 'THEN']) this.#need(word)
      this.block(['END'])
    }
    this.#need('END')
  }

  #if(): void {
    this.#expression(['THEN'])
    this.#need('THEN')
    this.block(['ELSEIF', 'ELSE', 'END'])
    while (this.#tokens.takes('ELSEIF')) {
      this.#expression(['THEN'])
      this.#need('THEN')
      this.block(['ELSEIF', 'ELSE', 'END'])
    }
    if (this.#tokens.takes('ELSE')) this.block(['END'])
    this.#end('IF')
  }

  #loop(word: string): void {
    this.block(['END'])
    this.#end(word)
  }

  #case(): void {
    if (!this.#tokens.is('WHEN')) this.#expression(['WHEN'])
    do {
      this.#need('WHEN')
      this.#expression(['THEN'])
      this.#need('THEN')
      this.block(['WHEN', 'ELSE', 'END'])
    } while (this.#tokens.is('WHEN'))
    if (this.#tokens.takes('ELSE')) this.block(['END'])
    this.#end('CASE')
  }

  #end(word: string): void {
    this.#need('END')
    this.#need(word)
  }

  #isProcedure(): boolean {
    const tokens = this.#tokens
    const at = tokens.is('CREATE') ? (tokens.isAt(1, 'OR') ? 3 : 1) : -1
    return at > 0 && tokens.isAt(at, 'PROCEDURE')
  }

  /** The head is that of a function with other words; the body is a block. */
  #procedure(): void {
    const head = this.#until(['BEGIN'])
    const text = textOf(head)
      .replace(/\bPROCEDURE\b/i, 'FUNCTION')
      .replaceAll(/([(,])\s*(?:IN|OUT|INOUT)\b/gi, '$1')
      .replace(/\bOPTIONS\s*\(.*$/is, '')
    this.#check(`${text} AS (1)`, head)
    this.#begin()
  }

  #expression(until: readonly string[]): void {
    const part = this.#until(until)
    this.#check(`SELECT (${this.#known(part)})`, part)
  }

  #query(part: readonly Token[]): void {
    this.#check(`SELECT * FROM ${this.#known(part)}`, part)
  }

  #leaf(part: readonly Token[]): void {
    const known = this.#known(part)
    this.#check(restated(withoutStructTypes(known)), part)
    for (const [type] of known.matchAll(structArray)) this.#check(`SELECT CAST(NULL AS ${type})`, part)
  }

  /** A part in words that the shared parser knows (rule 2), pipes read. */
  #known(part: readonly Token[]): string {
    const inner = this.#withoutPipedGroups(part)
    const stages = splitAt(inner, '|>')
    if (stages.length === 1 && !isWord(inner[0], 'FROM')) return textOf(inner)
    const [first = [], ...operators] = stages
    const source = isWord(first[0], 'FROM') ? `SELECT * ${textOf(first)}` : textOf(first)
    this.#check(source, first.length > 0 ? first : part)
    for (const operator of operators)
      this.#check(
        pipeStage(operator, () => this.#fail('unknown pipe operator', operator[0])),
        operator,
      )
    return 'SELECT 1'
  }

  /** Queries in brackets that have pipes, or begin with FROM, are read by themselves. */
  #withoutPipedGroups(part: readonly Token[]): Token[] {
    const made: Token[] = []
    for (let at = 0; at < part.length; at++) {
      made.push(present(part[at], 'part'))
      if (present(part[at], 'part').text !== '(') continue
      const close = closingOf(part, at)
      const inside = part.slice(at + 1, close)
      if (!isWord(inside[0], 'FROM') && !inside.some(({ text }) => text === '|>')) continue
      this.#check(this.#known(inside), inside)
      made.push({ text: 'SELECT 1', at: present(part[at], 'part').at, space: ' ' })
      at = close - 1
    }
    return made
  }

  #check(sql: string, part: readonly Token[]): void {
    const wrong = this.#parse(sql)
    if (wrong !== undefined) this.#fail(wrong.replace(/^line \d+, column \d+: /, ''), part[0])
  }

  /** Tokens up to one of the words outside of brackets. */
  #until(words: readonly string[]): Token[] {
    const part: Token[] = []
    let depth = 0
    let cases = 0
    while (!this.#tokens.atEnd()) {
      const token = present(this.#tokens.peek(), 'tokens')
      const isHere = words.some((word) => isWord(token, word))
      if (depth === 0 && cases === 0 && (isHere || token.text === ';')) break
      if ('([{'.includes(token.text)) depth++
      if (')]}'.includes(token.text)) depth--
      if (isWord(token, 'CASE')) cases++
      if (isWord(token, 'END') && cases > 0) cases--
      part.push(present(this.#tokens.next(), 'tokens'))
    }
    if (part.length === 0) this.#fail('something is missing')
    return part
  }

  #need(word: string): void {
    if (!this.#tokens.takes(word)) this.#fail(`${word} is missing`)
  }

  #fail(message: string, token = this.#tokens.peek()): never {
    throw new Unread(token?.at ?? this.#tokens.end, message)
  }
}

function isWord(token: Token | undefined, word: string): boolean {
  return token !== undefined && token.text.toUpperCase() === word
}

/** Shifts are read as sums: the shared parser knows none. Two brackets that close types are no shift. */
function textOf(part: readonly Token[]): string {
  const isShift = (at: number): boolean =>
    present(part[at], 'part').text === '<<' ||
    (present(part[at], 'part').text === '>>' &&
      /^[\w@(]/.test(part[at + 1]?.text ?? '') &&
      !part.slice(0, at).some(({ text }) => text === '<'))
  return part.map(({ text, space }, at) => space + (isShift(at) ? '+' : text)).join('')
}

function closingOf(part: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < part.length; at++) {
    if (present(part[at], 'part').text === '(') depth++
    if (present(part[at], 'part').text === ')' && --depth === 0) return at
  }
  return part.length
}

function splitAt(part: readonly Token[], mark: string): Token[][] {
  const parts: Token[][] = [[]]
  let depth = 0
  for (const token of part) {
    if (token.text === '(') depth++
    if (token.text === ')') depth--
    if (depth === 0 && token.text === mark) parts.push([])
    else present(parts.at(-1), 'parts').push(token)
  }
  return parts
}

/** A pipe operator as a query with a clause of the same shape. @param unknown ends the reading */
function pipeStage(operator: readonly Token[], unknown: () => never): string {
  const [head] = operator
  const rest = textOf(operator.slice(1))
  const whole = textOf(operator)
  switch (head?.text.toUpperCase()) {
    case 'WHERE':
      return `SELECT 1 FROM t ${whole}`
    case 'SELECT':
    case 'EXTEND':
    case 'WINDOW':
      return `SELECT ${rest} FROM t`
    case 'SET':
      return `UPDATE t ${whole} WHERE TRUE`
    case 'DROP':
      return `SELECT ${rest}`
    case 'RENAME':
      return `SELECT ${rest}`
    case 'AS':
      return `SELECT 1 FROM t ${whole}`
    case 'ORDER':
    case 'LIMIT':
    case 'UNION':
    case 'INTERSECT':
    case 'EXCEPT':
      return `SELECT 1 FROM t ${whole}`
    case 'DISTINCT':
      return `SELECT DISTINCT a${rest}`
    case 'AGGREGATE':
      return aggregate(rest)
    case 'CALL':
      return `SELECT * FROM ${rest}`
    case 'JOIN':
    case 'LEFT':
    case 'RIGHT':
    case 'FULL':
    case 'INNER':
    case 'CROSS':
    case 'TABLESAMPLE':
    case 'PIVOT':
    case 'UNPIVOT':
      return `SELECT * FROM t ${whole}`
    default:
      return unknown()
  }
}

/** Both lists may give names and an order. */
function aggregate(rest: string): string {
  const [values = '', groups] = rest.split(/\bGROUP\s+(?:AND\s+ORDER\s+)?BY\b/i)
  const plain = (list: string): string =>
    list.replaceAll(/\s+(?:ASC|DESC)(?:\s+NULLS\s+(?:FIRST|LAST))?(?=\s*(?:,|$))/gi, '')
  const lists = groups === undefined ? [values] : values.trim() === '' ? [groups] : [values, groups]
  return lists.map((list) => `SELECT ${plain(list)} FROM t`).join('; ')
}

const name = '(?:`[^`]+`|[\\w-]+)(?:\\s*\\.\\s*(?:`[^`]+`|\\w+))*'
const options = '\\s*OPTIONS\\s*(\\(.*?\\))\\s*'

/** Statements and calls that the shared parser has no words for. Lists of options are those of a function with named arguments. */
function restated(sql: string): string {
  const text = sql
    .trim()
    .replaceAll(/\bSAFE\s*\.\s*(?=\w+\s*\()/gi, '')
    .replaceAll(new RegExp(`([(,]\\s*)(?:MODEL|TABLE)\\s+${name}`, 'gi'), '$1(SELECT 1)')
  for (const [shape, words] of shapes) {
    const found = shape.exec(text)
    if (found !== null) return words(found)
  }
  return text
}

type Restating = readonly [RegExp, (found: RegExpExecArray) => string]
const shape = (source: string): RegExp => new RegExp(`^${source}$`, 'is')
const orReplace = 'CREATE\\s+(?:OR\\s+REPLACE\\s+)?'
const unlessThere = '\\s+(?:IF\\s+NOT\\s+EXISTS\\s+)?'

const shapes: readonly Restating[] = [
  [
    shape(
      `${orReplace}MODEL${unlessThere}${name}\\s*(?:TRANSFORM\\s*(\\(.*?\\))\\s*)?(?:REMOTE\\s+WITH\\s+CONNECTION\\s+${name}\\s*)?(?:OPTIONS\\s*(\\(.*?\\))\\s*)?(?:AS\\s*((?:SELECT|WITH|FROM|\\().*))?`,
    ),
    ([, transform, given, query]) =>
      `${query ?? 'SELECT 1'}; SELECT ${transform === undefined ? '1' : transform.slice(1, -1)}; ${optionsIn(given)}`,
  ],
  [
    shape(
      `(${orReplace})TABLE\\s+(FUNCTION${unlessThere}${name}\\s*\\(.*?\\))\\s*(?:RETURNS\\s+TABLE\\s*<[^()]*>\\s*)?AS\\s*(.*)`,
    ),
    ([, create, head, query]) => `${create}${head} AS (1); ${query}`,
  ],
  [
    shape(
      `LOAD\\s+DATA\\s+(?:INTO|OVERWRITE)\\s+(?:TEMP\\s+TABLE\\s+)?(${name}\\s*(?:\\(.*?\\))?)\\s*(?:PARTITION\\s+BY\\s+.*?)?(?:CLUSTER\\s+BY\\s+.*?)?(?:${options})?FROM\\s+FILES\\s*(\\(.*?\\))\\s*(?:WITH\\s+(?:PARTITION\\s+COLUMNS\\b.*|CONNECTION\\s+${name}))?`,
    ),
    ([, , given, files]) => `${optionsIn(given)}; ${optionsIn(files)}`,
  ],
  [
    shape(
      `ALTER\\s+(?:TABLE|SCHEMA|VIEW|MATERIALIZED\\s+VIEW|MODEL)\\s+(?:IF\\s+EXISTS\\s+)?${name}\\s+(?:ALTER\\s+COLUMN\\s+${name}\\s+)?SET${options}`,
    ),
    ([, given]) => optionsIn(given),
  ],
  [
    shape(`(${orReplace}(?:SNAPSHOT\\s+)?TABLE${unlessThere}${name})\\s+COPY\\s+(${name})(?:${options})?`),
    ([, head, copied, given]) => `${head} CLONE ${copied}; ${optionsIn(given)}`,
  ],
  [
    shape(
      `${orReplace}MATERIALIZED\\s+VIEW${unlessThere}${name}\\s*(?:PARTITION\\s+BY\\s+(.*?))?\\s*(?:CLUSTER\\s+BY\\s+(.*?))?\\s*(?:${options})?AS\\s*((?:SELECT|WITH|FROM|\\().*)`,
    ),
    ([, part = '1', cluster = '1', given, query]) =>
      `${query}; SELECT ${part}; SELECT ${cluster}; ${optionsIn(given)}`,
  ],
  [
    shape(
      `${orReplace}EXTERNAL\\s+TABLE${unlessThere}(${name}\\s*(?:\\(.*?\\))?)\\s*(?:WITH\\s+CONNECTION\\s+${name}\\s*)?WITH\\s+PARTITION\\s+COLUMNS\\s*(\\(.*?\\))?${options}`,
    ),
    ([, head, columns, given]) =>
      `CREATE TABLE ${head?.includes('(') ? head : `${head} (a INT64)`}; CREATE TABLE p ${columns ?? '(a INT64)'}; ${optionsIn(given)}`,
  ],
  [
    shape(`(${orReplace}(?:TEMP(?:ORARY)?\\s+)?)AGGREGATE\\s+(FUNCTION.*)`),
    ([, create, rest]) => `${create}${rest}`,
  ],
  [shape(`UNDROP\\s+SCHEMA${unlessThere}${name}\\s*(?:${options})?`), ([, given]) => optionsIn(given)],
  [
    shape(
      `DROP\\s+(?:SNAPSHOT\\s+TABLE|TABLE\\s+FUNCTION|MODEL|ASSIGNMENT|RESERVATION|CAPACITY|(?:SEARCH|VECTOR)\\s+INDEX|ROW\\s+ACCESS\\s+POLICY|ALL\\s+ROW\\s+ACCESS\\s+POLICIES)(?:\\s+IF\\s+EXISTS)?(?:\\s+(?!ON\\b)${name})?(?:\\s+ON\\s+${name})?`,
    ),
    () => 'SELECT 1',
  ],
  [
    shape(
      `${orReplace}(?:SEARCH|VECTOR)\\s+INDEX${unlessThere}${name}\\s+ON\\s+${name}\\s*\\((?:ALL\\s+COLUMNS|([^()]*))\\)\\s*(?:STORING\\s*\\(([^()]*)\\))?(?:${options})?`,
    ),
    ([, columns = '1', stored = '1', given]) => `SELECT ${columns}; SELECT ${stored}; ${optionsIn(given)}`,
  ],
  [
    shape(
      `${orReplace}ROW\\s+ACCESS\\s+POLICY${unlessThere}${name}\\s+ON\\s+${name}\\s+(?:GRANT\\s+TO\\s*(\\(.*?\\))\\s*)?FILTER\\s+USING\\s*(\\(.*\\))`,
    ),
    ([, whom, filter]) => `${optionsIn(whom)}; SELECT ${filter}`,
  ],
  [
    shape(`CREATE\\s+(?:ASSIGNMENT|RESERVATION|CAPACITY)\\s+${name}${options}`),
    ([, given]) => optionsIn(given),
  ],
  [
    shape(
      `(.*\\bSELECT\\s+)WITH\\s+(?:DIFFERENTIAL_PRIVACY|AGGREGATION_THRESHOLD)\\s+OPTIONS\\s*(\\([^()]*\\))(.*)`,
    ),
    ([, before, given, after]) => `${before}${after}; ${optionsIn(given)}`,
  ],
  [
    shape(
      `(?:GRANT|REVOKE)\\s+\`[^\`]+\`(?:\\s*,\\s*\`[^\`]+\`)*\\s+ON\\s+(?:SCHEMA|TABLE|VIEW|EXTERNAL\\s+TABLE)\\s+${name}\\s+(?:TO|FROM)\\s+(.*)`,
    ),
    ([, whom]) => `SELECT ${whom}`,
  ],
]

/** The shared parser reads such a type everywhere but before its own array. */
const structArray = /\bARRAY\s*<\s*STRUCT\s*<[^[\]();]*>\s*>(?=\s*\[)/gi

function withoutStructTypes(sql: string): string {
  return sql.replaceAll(structArray, '')
}

function optionsIn(list: string | undefined): string {
  return list === undefined ? 'SELECT 1' : `SELECT f${list}`
}
