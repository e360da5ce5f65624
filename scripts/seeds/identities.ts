/** A seed through functions that change nothing: each gives the rows of the dataset without it, byte for byte. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ColumnType, conform } from '../../src/base/values/column-type.ts'
import { declaredColumnType } from '../../src/base/values/declared-type.ts'
import { formatJson } from '../../src/base/values/json.ts'
import { toValue, type Value } from '../../src/base/values/value.ts'
import { nodeDisk } from '../../src/disk/node-disk.ts'
import { configFromCode } from '../../src/entries/config.ts'
import { createWorkflow, workflowFromValue } from '../../src/entries/workflow.ts'
import { create, customColumn, type FunctionType, open, type Row } from '../../src/index.ts'
import { scanColumns } from '../../src/results/rows/columns.ts'
import { publishedFiles } from '../../src/results/rows/dataset-results.ts'
import { rowsOfParquet } from '../../src/store/parquet/parquet-rows.ts'
import { DatasetView } from '../../src/store/view/dataset-view.ts'
import { inThread } from '../../src/testing/datasets/in-thread.ts'

export interface Seeded {
  readonly source: object
  readonly rows: number
  readonly folder: string
  /** The dataset without any function. */
  readonly dataset: string
}

/** Without a thread for each dataset. */
const quick = { encoder: () => inThread }

async function* copied(rows: AsyncIterable<Row>): AsyncIterable<Row> {
  for await (const row of rows) yield Object.fromEntries(Object.entries(row)) as Row
}

const options = ({ folder, rows }: Seeded, datasetName: string) => ({
  artifactPath: folder,
  datasetName,
  numRecords: rows,
  seed: 1,
})

/** Both formats: JSONL has every value, Parquet every type. */
async function exportsOf(dataset: string, output: string): Promise<readonly Buffer[]> {
  const made = []
  for (const format of ['jsonl', 'parquet'] as const) {
    const { path } = await open(dataset).export({ format, output: `${output}.${format}` })
    made.push(readFileSync(path))
  }
  return made
}

async function throughProcessor(seeded: Seeded): Promise<string> {
  const processors = [
    { name: 'same', processor_type: 'function', function: (rows: AsyncIterable<Row>) => rows },
    { name: 'copied', processor_type: 'function', function: copied },
  ]
  const config = configFromCode({ columns: [], seed_config: { source: seeded.source }, processors }, 'seeds')
  return (await create(config, options(seeded, 'processed'), quick)).path
}

async function throughWorkflow(seeded: Seeded): Promise<string> {
  const first = { columns: [], seed_config: { source: seeded.source } }
  const stages = [
    { name: 'first', num_records: seeded.rows, config: first },
    { name: 'second', config: { columns: [] } },
  ]
  const workflow = await workflowFromValue(toValue({ workflow: 'chain', stages }), 'seeds')
  const results = await createWorkflow(workflow, {
    artifactPath: seeded.folder,
    transforms: { first: copied },
    seed: 1,
  })
  return results.stage('second').path
}

/** The type that a custom column declares to hold values of a column's. */
function declared(type: ColumnType): FunctionType {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'bool':
    case 'json':
      return type.kind
    case 'list':
      return `list<${declared(type.element)}>`
    case 'map':
      return `map<${declared(type.value)}>`
    case 'struct':
      return 'json'
    default:
      return 'str'
  }
}

/** Each column through a custom column of its own, which returns the cell it got. */
async function throughColumns(seeded: Seeded): Promise<string | null> {
  const view = DatasetView.at(nodeDisk, seeded.dataset)
  const files = await publishedFiles(view)
  const { columns } = await scanColumns(view, files)
  const plain = (
    await Promise.all(files.map(async (path) => rowsOfParquet(await nodeDisk.readFile(path), path)))
  ).flat()
  // Rows with NaN within what has to be declared as JSON are dropped, and say so.
  const convertible = columns.filter(({ name, type }) => {
    const held = declaredColumnType(declared(type))!
    return plain.every((row) => conform(held, row[name] ?? null) !== undefined)
  })
  const copies = convertible.map(({ name, type }) => ({
    name: `copy of ${name}`,
    column_type: 'custom',
    generator_function: customColumn(
      { requiredColumns: [name], type: declared(type) },
      (row) => row[name] ?? null,
    ),
  }))
  const config = configFromCode({ columns: copies, seed_config: { source: seeded.source } }, 'seeds')
  const results = await create(config, options(seeded, 'custom'), quick)
  let at = 0
  for await (const row of results.rows({ integers: 'bigint' })) {
    const given = plain[at++]
    for (const { name, type } of convertible) {
      const [got, want] = [formatJson(row[`copy of ${name}`]!), asFunctionsSee(type, given?.[name] ?? null)]
      if (got !== want) return `row ${at}, ${name}: the custom column has ${got} for ${want}`
    }
  }
  return at === plain.length ? null : `the custom column has ${at} rows of ${plain.length}`
}

/** Custom columns see points in time as templates do, as Python prints them. */
function asFunctionsSee(type: ColumnType, cell: Value): string {
  const json = formatJson(cell)
  if (!JSON.stringify(type).includes('timestamp')) return json
  return json.replace(
    /"(\d{4}-\d\d-\d\d)T([\d:.]+)(Z?)"/g,
    (_, day, time, utc) => `"${day} ${time}${utc && '+00:00'}"`,
  )
}

/** What the functions changed. */
export async function changedByFunctions(seeded: Seeded): Promise<readonly string[]> {
  const wrong: string[] = []
  const plain = await exportsOf(seeded.dataset, join(seeded.folder, 'plain'))
  const ways = { processor: throughProcessor, workflow: throughWorkflow }
  for (const [name, through] of Object.entries(ways)) {
    try {
      const got = await exportsOf(await through(seeded), join(seeded.folder, name))
      for (const [at, what] of ['jsonl', 'parquet'].entries()) {
        if (!got[at]!.equals(plain[at]!)) wrong.push(`${what} differs after the ${name}`)
      }
    } catch (error) {
      wrong.push(`the ${name} failed: ${error instanceof Error ? error.message : error}`)
    }
  }
  try {
    const changed = await throughColumns(seeded)
    if (changed !== null) wrong.push(changed)
  } catch (error) {
    wrong.push(`the custom column failed: ${error instanceof Error ? error.message : error}`)
  }
  return wrong
}
