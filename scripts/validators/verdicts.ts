/**
 * Where the parsers that we measure with are of one mind, and the documentation of the dialect is of another. Nothing is left out of the
 * measure: these texts are compared with what the documentation says.
 */
import type { CodeLanguage, SqlDialect } from './corpus.ts'

interface Settled {
  readonly dialects: readonly (SqlDialect | CodeLanguage)[]
  readonly text: RegExp
  readonly isValid: boolean
  readonly why: string
}

const settled: readonly Settled[] = [
  {
    dialects: ['cpp'],
    text: /newnew Node|returnreturn T/,
    isValid: false,
    why: 'a name before a name is no expression, whatever they mean',
  },
  {
    dialects: ['csharp'],
    text: /\w\)?\.\.\w|= \[j\];|throw new \(\);|\{ X {2}x; Y = y;/,
    isValid: true,
    why: 'C# 8 has ranges, C# 9 new without a type, C# 12 lists in brackets; a variable may be declared there',
  },
  {
    dialects: ['csharp'],
    text: /\{ {2}false; \}|await \.Get|List<int>,>/,
    isValid: false,
    why: 'a value is no statement, await has an operand, and a list of types has no empty place',
  },
  {
    dialects: ['swift'],
    text: /[\w\]]\.\.[a-z2]|return \.\.west|0\.\.100/,
    isValid: false,
    why: 'Swift has ... and ..<; an operator .. has to be declared',
  },
  {
    dialects: ['swift'],
    text: /"didSave",\)|\((?:a|_), \)/,
    isValid: true,
    why: 'a comma may end a list in brackets since Swift 6.1; the judge is 6.0',
  },
  {
    dialects: ['tsql', 'bigquery', 'ansi'],
    text: /NOT EXISTSEXISTS \(SELECT/,
    isValid: false,
    why: 'a query as an argument has brackets of its own',
  },
  {
    dialects: ['ansi'],
    text: /GROUP ,BY/,
    isValid: false,
    why: 'GROUP is reserved, a comma ends nothing here',
  },
  {
    dialects: ['ansi'],
    text: /^START TRANSACTION READ ONLY;?$/,
    isValid: true,
    why: 'ISO 9075-2, <start transaction statement>',
  },
  {
    dialects: ['ansi'],
    text: /^RELEASE SAVEPOINT \w+;?$/,
    isValid: true,
    why: 'ISO 9075-2, <release savepoint statement>',
  },
  { dialects: ['ansi'], text: /^CALL \w+ \(1, 2\)/, isValid: true, why: 'ISO 9075-2, <call statement>' },
  {
    dialects: ['ansi'],
    text: /WHERE \w+ {2}\(SELECT/,
    isValid: false,
    why: 'IN is missing; a column takes no query',
  },
  { dialects: ['ansi'], text: /\) OVER$/, isValid: false, why: 'OVER is reserved, and has a window' },
  {
    dialects: ['ansi'],
    text: /FROM {2}FOR 3/,
    isValid: false,
    why: 'FOR is reserved, so it is not where to begin',
  },
  {
    dialects: ['ansi'],
    text: /^$/,
    isValid: false,
    why: 'a text without a statement is none (docs/validators.md)',
  },
  { dialects: ['ansi'], text: /^ALTER TABLE \w+ {2}TO/, isValid: false, why: 'RENAME is missing' },
  {
    dialects: ['bigquery'],
    text: /\b(?:ds|data)\.\.\w/,
    isValid: false,
    why: 'no part of a path may be left out',
  },
  { dialects: ['bigquery'], text: /, y {2}\(SELECT/, isValid: false, why: 'AS is not optional in WITH' },
  {
    dialects: ['bigquery'],
    text: /TABLE [\w.]+ {2}SELECT/,
    isValid: false,
    why: 'AS is not optional in CREATE TABLE',
  },
  { dialects: ['tsql'], text: /MAXMAX/, isValid: false, why: 'a length is a number or MAX' },
  { dialects: ['tsql'], text: /NN'/, isValid: false, why: 'a word before a string is N or nothing' },
  { dialects: ['tsql'], text: /@n ,OUTPUT/, isValid: false, why: 'after a named argument all have names' },
  {
    dialects: ['tsql'],
    text: /SELECT x\. FROM/,
    isValid: false,
    why: 'nothing follows the dot; FROM is reserved',
  },
  {
    dialects: ['tsql'],
    text: /@@?[,\s]|@@\w+ = N'/,
    isValid: true,
    why: 'an identifier begins with a letter, _, @ or #, and need have no other character',
  },
  { dialects: ['tsql'], text: /^UPDATE STATISTICS dbo\.$/, isValid: false, why: 'nothing follows the dot' },
  {
    dialects: ['tsql'],
    text: /^BACKUP DATABASE \w+ TO DISK = '[^']+' WITH INIT;$/,
    isValid: true,
    why: 'as documented',
  },
  {
    dialects: ['tsql'],
    text: /^ sys\.sp_executesql/,
    isValid: true,
    why: 'the first statement of a batch may call a procedure without EXEC',
  },
  {
    dialects: ['tsql'],
    text: /^CREATE LOGIN \w+$/,
    isValid: false,
    why: 'WITH PASSWORD or FROM is required',
  },
  { dialects: ['tsql'], text: /FROMFROM/, isValid: false, why: 'two names in a row after a column' },
  {
    dialects: ['mysql'],
    text: /, ? ?FROM|\) ,FROM/,
    isValid: false,
    why: 'FROM is reserved, so a column is missing',
  },
  { dialects: ['mysql'], text: /^SELECT \w+,$/, isValid: false, why: 'a column is missing' },
  {
    dialects: ['mysql'],
    text: /^INSERT IGNORE INTO \w+$/,
    isValid: false,
    why: 'there are neither values nor a query',
  },
  { dialects: ['mysql'], text: /INSERT {2}`\w+` VALUES/, isValid: true, why: 'INTO is optional' },
  {
    dialects: ['mysql'],
    text: /^ALTER USER 'bob'/,
    isValid: true,
    why: 'as documented; every option is optional',
  },
  {
    dialects: ['mysql'],
    text: /EVERY {2}WEEK|EVERY 1 {2}DO/,
    isValid: false,
    why: 'an interval is a number and a unit',
  },
  {
    dialects: ['mysql'],
    text: /^START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY;$/,
    isValid: true,
    why: 'as documented',
  },
]

/** What the documentation says of a text; undefined when the parsers have the word. */
export function settledResult(dialect: SqlDialect | CodeLanguage, text: string): boolean | undefined {
  return settled.find((each) => each.dialects.includes(dialect) && each.text.test(text))?.isValid
}
