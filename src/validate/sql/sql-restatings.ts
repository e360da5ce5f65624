/**
 * What neither the fast parser nor a grammar has words for, dialect by dialect, and what stands for it. Names are of up to four parts.
 */
import type { Restating } from '../common/restate.ts'

const word = String.raw`(?:\[[^\]\n]*\]|"[^"\n]*"|[\w@#$]+)`
const name = String.raw`${word}(?:\s*\.\s*${word}){0,3}`
const text = "N?'[^']*'"
const brackets = String.raw`\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)`
const option = String.raw`\w+\s*(?:=\s*(?:${text}|[\w.@-]+)|${brackets})?`
const options = String.raw`\(\s*${option}(?:\s*,\s*${option})*\s*\)`
const moment = String.raw`(?:${text}|@\w+)`

function shape(source: string): RegExp {
  return new RegExp(source.replaceAll(' ', String.raw`\s+`), 'gi')
}

export const tsqlRestatings: readonly Restating[] = [
  // Only the file is of another kind than the rows of a query.
  [shape(String.raw`\bBULK INSERT ${name}\s+FROM\s+${text}(?:\s+WITH\s*${options})?`), 'SELECT 1'],
  // Tables with a past.
  [shape(String.raw`\bGENERATED ALWAYS AS ROW (?:START|END)(?: HIDDEN)?`), ''],
  [shape(String.raw`\bPERIOD FOR SYSTEM_TIME\s*\(\s*(${word})\s*,\s*(${word})\s*\)`), 'CHECK ($1<$2)'],
  [shape(String.raw`\bWITH\s*\(\s*SYSTEM_VERSIONING\s*=\s*ON\s*(?:${options})?\s*\)`), ''],
  [
    shape(
      String.raw`\bFOR SYSTEM_TIME (?:ALL\b|AS OF ${moment}|FROM ${moment} TO ${moment}|BETWEEN ${moment} AND ${moment}|CONTAINED IN\s*\(\s*${moment}\s*,\s*${moment}\s*\))`,
    ),
    '',
  ],
  [shape(String.raw`\b(?:OPTIMIZE FOR|USE HINT)\s*${brackets}`), 'RECOMPILE'],
  [shape(String.raw`\bON (?:SCHEMA|OBJECT|TYPE|DATABASE|ROLE|ASSEMBLY)::\s*(${word})`), 'ON $1'],
  [shape(String.raw`\bDBCC (\w+)\s*(${brackets})(?: WITH \w+(?:\s*,\s*\w+)*)?`), 'SELECT $1$2'],
  [shape(String.raw`\bCREATE EXTERNAL (TABLE ${name}\s*${brackets})\s*WITH\s*${options}`), 'CREATE $1'],
  // Methods of types, and of what a call returns.
  [/\b(\w+)::(?=\w+\s*\()/g, '$1.'],
  [/\)\s*\.(?=\w+\s*\()/g, ')+'],
  // A database without a schema, on another server.
  [new RegExp(String.raw`(${word}\.${word})\.\.(?=${word})`, 'g'), '$1.x.'],
]

export const ansiRestatings: readonly Restating[] = [
  [shape(String.raw`\bNEXT VALUE FOR ${name}`), '1'],
  [shape(String.raw`\bFOR SYSTEM_TIME AS OF (?:TIMESTAMP|DATE)?\s*${text}`), ''],
  [shape(String.raw`\bCREATE ASSERTION (${name}) CHECK\s*(${brackets})`), 'SELECT $2'],
  [shape(String.raw`\bREFERENCING(?: (?:NEW|OLD)(?: (?:ROW|TABLE))? AS ${word})+(?= FOR\b)`), ''],
]
