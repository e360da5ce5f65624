/** What the page says of each column: its type, where its values come from, what it is made of. */
import { isValueObject, memberOf, type Value, type ValueObject } from '../base/values/value.ts'
import { scanColumns } from '../results/rows/columns.ts'
import { publishedFiles } from '../results/rows/dataset-results.ts'
import type { DatasetView } from '../store/view/dataset-view.ts'

export interface ViewColumn {
  readonly name: string
  /** As in the config: `llm-text`, `sampler`; null for a column that the config does not name. */
  readonly kind: string | null
  /** Of a sampler: `category`; of a model column its alias. */
  readonly detail: string | null
  /** Of its values: `string`, `int64`, `struct`; null where no file has it yet. */
  readonly type: string | null
  /** It helps to make others, and no file has it. */
  readonly dropped: boolean
}

/** Columns of the config first, in its order. @throws RowsmithError dataset_not_found, io_error */
export async function viewColumns(view: DatasetView): Promise<readonly ViewColumn[]> {
  const files = await publishedFiles(view)
  const [first, last] = [files[0], files.at(-1)]
  const looked = first === undefined || last === undefined ? [] : [...new Set([first, last])]
  const found = (await scanColumns(view, looked)).columns
  const types = new Map(found.map(({ name, type }) => [name, type.kind]))
  const config = await view.savedConfig()
  const configured = listOf(memberOf(config, 'columns'))
  const columns = configured.map((column): ViewColumn => {
    const name = textOf(column, 'name') ?? ''
    return {
      name,
      kind: textOf(column, 'column_type'),
      detail: textOf(column, 'sampler_type') ?? textOf(column, 'model_alias'),
      type: types.get(name) ?? null,
      dropped: memberOf(column, 'drop') === true,
    }
  })
  const known = new Set(columns.map(({ name }) => name))
  const others = found.filter(({ name }) => !known.has(name))
  return [
    ...columns,
    ...others.map(({ name, type }) => ({
      name,
      kind: null,
      detail: null,
      type: type.kind,
      dropped: false,
    })),
  ]
}

function listOf(value: Value | undefined): readonly ValueObject[] {
  return Array.isArray(value) ? value.filter((item: Value) => isValueObject(item)) : []
}

function textOf(object: ValueObject, name: string): string | null {
  const value = memberOf(object, name)
  return typeof value === 'string' ? value : null
}
