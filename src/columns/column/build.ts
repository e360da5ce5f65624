import type { AnswerCheck } from '../../code/answer-checks.ts'
import type { KnownFunction } from '../../code/functions.ts'
import type { RunConfig } from '../../config/files/run-config.ts'
import type { ColumnConfig, ColumnOf } from '../../config/schema/schema.ts'
import type { Column, SideColumn } from './column.ts'

/** What a column config becomes. */
export interface Built {
  readonly column: Column
  /** Columns that are made along with it; whether they are dropped is decided by the config. */
  readonly sides?: readonly SideColumn[]
}

/**
 * Makes a column of its config.
 *
 * @throws RowsmithError of class `usage` when the config cannot be made into one
 */
export type BuildColumn<Type extends ColumnConfig['column_type']> = (
  config: ColumnOf<Type>,
  runConfig: RunConfig,
  code: UserCode,
) => Built

/** What of the config is code. */
export interface UserCode {
  readonly functions: Functions
  /** By column: what its schema says of an answer in addition to its JSON Schema. */
  readonly answerChecks: ReadonlyMap<string, AnswerCheck>
}

/** The functions of the config, by name. */
export type Functions = ReadonlyMap<string, KnownFunction>
