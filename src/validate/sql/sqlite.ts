/**
 * SQLite's own parser. Each text has a database in memory of its own, in which statements are prepared and never run.
 *
 * Rules:
 *   1. What SQLite says of objects that are not there, or of columns, types and counts, is no matter of syntax, and passed over.
 *   2. It looks for the table of a trigger, and for a schema, before it reads on: those are made, and the statement is read again.
 */
import { complaint } from '../common/languages.ts'
import { placeOfBytes } from '../common/places.ts'

/** Of all that SQLite may say what is about how a statement is written. */
const syntax =
  /syntax error$|^incomplete input$|^unrecognized token|^unknown (?:join type|table option)|should come (?:before|after)|^parser stack overflow|^expression tree is too large/i

interface Prepared {
  /** Null when all is well. */
  readonly message: string | null
  /** Where the parser stopped, in bytes. */
  readonly tail: number
  /** Where it says that the mistake is; negative when it does not. */
  readonly offset: number
  readonly isStatement: boolean
}

/** Complaints about a text, none when it is SQL that SQLite reads; `undefined` when there is no statement in it. */
export async function loadSqlite(): Promise<(code: string) => readonly string[] | undefined> {
  const { default: init } = await import('@sqlite.org/sqlite-wasm')
  const sqlite = await init()
  const { capi, wasm } = sqlite
  const prepare = (database: number, text: number, length: number): Prepared =>
    wasm.scopedAllocCall(() => {
      const [statement, tail] = wasm.scopedAllocPtr(2) as [number, number]
      const result = capi.sqlite3_prepare_v3(database, text, length, 0, statement, tail)
      const made = wasm.peekPtr(statement) as number
      if (made !== 0) capi.sqlite3_finalize(made)
      return {
        message: result === 0 ? null : capi.sqlite3_errmsg(database),
        tail: (wasm.peekPtr(tail) as number) - text,
        offset: capi.sqlite3_error_offset(database),
        isStatement: made !== 0 || result !== 0,
      }
    })
  return (code) => {
    const database = new sqlite.oo1.DB(':memory:')
    try {
      return wasm.scopedAllocCall(() => {
        const [text, length] = wasm.scopedAllocCString(code, true) as [number, number]
        const bytes = Buffer.from(code)
        return read(bytes, {
          prepare: (from) => prepare(database.pointer as number, text + from, length - from),
          run: (sql) => database.exec(sql),
        })
      })
    } finally {
      database.close()
    }
  }
}

interface Reader {
  prepare(from: number): Prepared
  run(sql: string): void
}

function read(bytes: Buffer, reader: Reader): readonly string[] | undefined {
  let statements = 0
  for (let from = 0; from < bytes.length; ) {
    const found = prepared(reader, from)
    const { message, tail, offset, isStatement } = found
    if (isStatement) statements++
    if (message !== null && syntax.test(message)) {
      const place = from + (offset >= 0 ? offset : tail)
      return [complaint(...placeOfBytes(bytes, place), message)]
    }
    from = message === null ? from + tail : afterStatement(bytes, from + tail)
    if (tail === 0) break
  }
  return statements === 0 ? undefined : []
}

/** Rule 2. Each fix is tried once. */
function prepared(reader: Reader, from: number): Prepared {
  const tried = new Set<string>()
  for (;;) {
    const found = reader.prepare(from)
    const fix = found.message === null ? undefined : fixFor(found.message)
    if (fix === undefined || tried.has(fix)) return found
    tried.add(fix)
    try {
      reader.run(fix)
    } catch {
      return found
    }
  }
}

function fixFor(message: string): string | undefined {
  const [, database] = /^unknown database (.+)$/.exec(message) ?? []
  if (database !== undefined) return `ATTACH ':memory:' AS ${quoted(database)}`
  const [, schema, table] = /^no such table: (?:(main|temp)\.)?(.+)$/.exec(message) ?? []
  if (table !== undefined && schema !== undefined) return `CREATE TABLE ${quoted(table)} (a)`
  const [, view] = /^cannot create INSTEAD OF trigger on table: (?:main\.)?(.+)$/.exec(message) ?? []
  if (view !== undefined) return `DROP TABLE ${quoted(view)}; CREATE VIEW ${quoted(view)} AS SELECT 1 AS a`
  return undefined
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** SQLite stops where it has read a whole statement, or earlier; then the rest of it goes unread. */
function afterStatement(bytes: Buffer, at: number): number {
  if (bytes.subarray(0, at).toString('latin1').trimEnd().endsWith(';')) return at
  const end = bytes.indexOf(';', at)
  return end === -1 ? bytes.length : end + 1
}
