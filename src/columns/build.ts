import type { Generator } from '../code/functions.ts'
import type { RunConfig } from '../config/run-config.ts'
import type { ColumnConfig, ColumnOf } from '../config/schema.ts'
import type { Column, SideColumn } from './column.ts'

/** What a column config becomes: a column, or the words for what Rowsmith cannot make of it yet. */
export type Built =
  /** `sides`: columns that are made along with it; whether they are dropped is decided by the config. */
  | { readonly kind: 'column'; readonly column: Column; readonly sides?: readonly SideColumn[] }
  | { readonly kind: 'not_built'; readonly what: string }

/**
 * Makes a column of its config.
 *
 * @throws RowsmithError of class `usage` when the config cannot be made into one
 */
export type BuildColumn<Type extends ColumnConfig['column_type']> = (
  config: ColumnOf<Type>,
  runConfig: RunConfig,
  functions: Functions,
) => Built

/** The functions of the config, by name. */
export type Functions = ReadonlyMap<string, Generator>
