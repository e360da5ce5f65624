/**
 * The type of a column, fixed before the first row. What each becomes in Parquet:
 * string STRING, int INT64, float DOUBLE, bool BOOLEAN, json STRING holding canonical JSON (Parquet's JSON type),
 * struct STRUCT in the order of `fields`, list LIST. Every value may be null.
 */
export type ColumnType =
  | { readonly kind: 'string' }
  | { readonly kind: 'int' }
  | { readonly kind: 'float' }
  | { readonly kind: 'bool' }
  | { readonly kind: 'json' }
  | {
      readonly kind: 'struct'
      readonly fields: readonly { readonly name: string; readonly type: ColumnType }[]
    }
  | { readonly kind: 'list'; readonly element: ColumnType }
