/** The rows of Parquet files as one table of DuckDB. Never: checks the files. */
import { RowsmithError } from '../../base/errors/errors.ts'
import { type ConfinedDuckDB, openConfinedDuckDB, sqlTable } from '../../base/libraries/confined-duckdb.ts'

export class FilesTable {
  readonly #duckdb: ConfinedDuckDB
  readonly #table: string
  readonly #place: string

  private constructor(duckdb: ConfinedDuckDB, files: readonly string[], place: string) {
    this.#duckdb = duckdb
    this.#table = sqlTable(files)
    this.#place = place
  }

  /** @param files at least one. @param place of the files, for messages. @throws RowsmithError duckdb_missing */
  static async open(files: readonly string[], place: string): Promise<FilesTable> {
    return new FilesTable(await openConfinedDuckDB(files), files, place)
  }

  close(): void {
    this.#duckdb.close()
  }

  /** @param rest what stands behind the table. @throws RowsmithError io_error */
  async rows(select: string, rest = ''): Promise<readonly (readonly unknown[])[]> {
    try {
      const reader = await this.#duckdb.connection.runAndReadAll(
        `SELECT ${select} FROM ${this.#table} ${rest}`,
      )
      return reader.getRows()
    } catch (cause) {
      throw this.#unreadable(cause)
    }
  }

  /** In order; one chunk in memory. @throws RowsmithError io_error */
  async *stream(
    select: string,
    signal?: AbortSignal,
  ): AsyncGenerator<readonly (readonly unknown[])[], void, undefined> {
    try {
      const result = await this.#duckdb.connection.stream(`SELECT ${select} FROM ${this.#table}`)
      for await (const rows of result.yieldRows()) {
        signal?.throwIfAborted()
        yield rows
      }
    } catch (cause) {
      signal?.throwIfAborted()
      throw this.#unreadable(cause)
    }
  }

  #unreadable(cause: unknown): RowsmithError {
    const why = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    return new RowsmithError('io_error', `The files of ${this.#place} cannot be counted: ${why}`, { cause })
  }
}
