/** Random column graphs: what one is, the config it stands for, and the functions that make its cells. */
import fc from 'fast-check'
import type { Value } from '../../../src/base/values/value.ts'
import { configFromCode } from '../../../src/entries/config.ts'
import { type Config, customColumn, type FunctionRow, fullColumn } from '../../../src/index.ts'
import { printValue } from '../../../src/template/rendering/template.ts'
import { sampled } from '../../columns/sampled/sampling.ts'

/** How a column's cells are made; `sided` brings a second column along, `retold` and `copied` make rows of rows. */
type Kind =
  | 'expression'
  | 'function'
  | 'text'
  | 'effect'
  | 'sided'
  | 'check'
  | 'whole'
  | 'whole asking'
  | 'retold'
  | 'copied'

export interface GraphColumn {
  readonly name: string
  readonly kind: Kind
  readonly reads: readonly string[]
  /** Of its inputs, one in so many fails. */
  readonly failsOneIn: number | null
  /** Skipped where that column's text ends in an even hexadecimal digit. */
  readonly skip: { readonly by: string; readonly value: string | null } | null
  readonly propagates: boolean
  readonly drop: boolean
}

export interface Graph {
  /** In the order of the config; the sampled ones come first. */
  readonly columns: readonly GraphColumn[]
  readonly rows: number
  readonly bufferSize: number
  /** One process after the other; each but the last is stopped after so many calls. */
  readonly processes: readonly {
    readonly engine: 'concurrent' | 'sequential'
    readonly limit: number
    readonly stopAfter: number | null
  }[]
  /** In which order answers come. */
  readonly delays: number
}

/** The columns that every graph begins with: `part` is drawn from `kind`. */
export const sampledColumns = [
  sampled('id', 'uuid', {}),
  sampled('kind', 'category', { values: ['k0', 'k1', 'k2'] }),
  sampled('part', 'subcategory', {
    category: 'kind',
    values: { k0: ['p0', 'p1'], k1: ['p2'], k2: ['p3', 'p4'] },
  }),
]
export const sampledNames = ['id', 'kind', 'part']

export const resizes = ({ kind }: GraphColumn): boolean => kind === 'retold' || kind === 'copied'
export const isWhole = ({ kind }: GraphColumn): boolean => kind === 'whole' || kind === 'whole asking'
/** Whether its cells are paid for. */
export const isAsked = ({ kind }: GraphColumn): boolean =>
  kind === 'text' || kind === 'effect' || kind === 'sided' || kind === 'whole asking'
export const sideOf = ({ name }: GraphColumn): string => `${name}_side`

const kinds: readonly Kind[] = [
  ...['expression', 'function', 'text', 'text', 'effect', 'sided', 'check', 'whole', 'whole asking'],
] as Kind[]

const drawnColumn = fc.record({
  kind: fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...kinds) },
    { weight: 1, arbitrary: fc.constantFrom<Kind>('retold', 'copied') },
  ),
  reads: fc.array(fc.nat(30), { maxLength: 3 }),
  failsOneIn: fc.option(fc.integer({ min: 2, max: 6 }), { freq: 2 }),
  skip: fc.option(fc.record({ by: fc.nat(30), value: fc.constantFrom(null, 'left out') }), { freq: 2 }),
  propagates: fc.boolean(),
  drop: fc.boolean(),
  /** Where it stands in the config. */
  place: fc.nat(100),
})

/** Any graph that compiles. */
export const anyGraph: fc.Arbitrary<Graph> = fc
  .record({
    columns: fc.array(drawnColumn, { minLength: 1, maxLength: 7 }),
    rows: fc.integer({ min: 1, max: 12 }),
    bufferSize: fc.integer({ min: 1, max: 5 }),
    processes: fc.array(
      fc.record({
        engine: fc.constantFrom('concurrent', 'sequential'),
        limit: fc.integer({ min: 1, max: 6 }),
        stopAfter: fc.integer({ min: 1, max: 25 }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    delays: fc.nat(1000),
  })
  .map(({ columns, processes, ...rest }) => {
    const built = withNames(columns)
    const resizing = built.some(resizes)
    const engines = processes.map(({ engine: scheduler }) => scheduler)
    // A run that was stopped with holes is not for the sequential engine, and one that makes rows of rows cannot go on.
    const done = processes.map((process, at) => ({
      ...process,
      engine: engines.slice(0, at).includes('concurrent') ? ('concurrent' as const) : engines[at]!,
      stopAfter: at === processes.length - 1 ? null : process.stopAfter,
    }))
    return {
      columns: built,
      ...rest,
      processes: resizing
        ? [{ ...done.at(-1)!, engine: 'sequential' as const, stopAfter: null }]
        : (done as Graph['processes']),
    }
  })

type Drawn = typeof drawnColumn extends fc.Arbitrary<infer T> ? T : never

/** Numbers become names of columns drawn before; then the columns go where they stand in the config. */
function withNames(drawn: readonly Drawn[]): GraphColumn[] {
  const resizing = drawn.findIndex(({ kind }) => kind === 'retold' || kind === 'copied')
  const names = [...sampledNames]
  const placed = drawn.map(({ kind: given, reads, skip, place, ...rest }, at) => {
    const kind = given === 'retold' || given === 'copied' ? (at === resizing ? given : 'function') : given
    const name = `c${at}`
    const named = [...new Set(reads.map((index) => names[index % names.length]!))]
    const targets = kind === 'check' && named.length === 0 ? ['id'] : named
    const column: GraphColumn = {
      name,
      kind,
      // Functions that are called for a cell are told which row it is.
      reads: kind === 'effect' || kind === 'sided' ? [...new Set(['id', ...targets])] : targets,
      skip:
        skip === null || resizing >= 0
          ? null
          : { by: names[skip.by % names.length]!, value: kind === 'check' ? null : skip.value },
      ...rest,
    }
    names.push(name, ...(kind === 'sided' ? [sideOf(column)] : []))
    return { column, place }
  })
  return placed.sort((a, b) => a.place - b.place).map(({ column }) => column)
}

/** A number that looks like chance and depends on the text alone. */
export function numberOf(text: string): number {
  let hash = 2166136261
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16777619)
  hash ^= hash >>> 15
  return Math.imul(hash, 2246822519) >>> 0
}

/** What a template prints of cells, and what functions make theirs of. */
export const textsOf = (row: FunctionRow, names: readonly string[]): string =>
  names.map((name) => printValue(row[name] ?? null)).join(' ')

export function isSkippedBy(value: Value): boolean {
  return '02468ace'.includes(printValue(value).slice(-1))
}

/** Whether an expression comes to nothing: its template asks for the last character of the first column it reads. */
export const fails = (value: Value): boolean => '048c'.includes(printValue(value).slice(-1))

/** What functions and models make of what they are given. @throws for one in so many */
export function made({ name, failsOneIn }: GraphColumn, given: string): string {
  const number = numberOf(`${name} ${given}`)
  if (failsOneIn !== null && number % failsOneIn === 0) throw new Error(`${name} fails`)
  return `${name}:${number.toString(16)}`
}

/** How many rows are made of one. */
export const copiesOf = ({ name }: GraphColumn, given: string): number => numberOf(`${name}+${given}`) % 3

/** What is called while a graph runs. */
export interface Calls {
  /** An effect, with the row's `id`. */
  effect(column: GraphColumn, id: string, given: string): Promise<string>
}

export function configOf({ columns }: Graph, calls: Calls): Config {
  return configFromCode(
    {
      model_configs: [{ alias: 'writer', provider: 'simulator', model: 'm' }],
      columns: [...sampledColumns, ...columns.map((column) => columnOf(column, calls))],
    },
    'graph',
  )
}

function columnOf(column: GraphColumn, calls: Calls) {
  const { name, skip, propagates, drop } = column
  const rule = skip === null ? {} : { skip: { when: whenOf(skip.by), value: skip.value } }
  const common = { name, drop, propagate_skip: propagates, ...rule }
  return { ...common, ...makerOf(column, calls) }
}

const whenOf = (by: string): string => `{{ (${by} ~ '')[-1:] in '02468ace' }}`

function makerOf(column: GraphColumn, calls: Calls): { column_type: string; [key: string]: unknown } {
  const { name, kind, reads, failsOneIn } = column
  const read = reads.map((each) => `{{ ${each} }}`).join(' ')
  const options = { name: `make_${name}`, requiredColumns: reads, type: 'str' } as const
  const one = (call: Parameters<typeof customColumn>[1], more: object = {}) => ({
    column_type: 'custom',
    generator_function: customColumn({ ...options, ...more }, call),
  })
  const all = (call: Parameters<typeof fullColumn>[1], more: object = {}) => ({
    column_type: 'custom',
    generation_strategy: 'full_column',
    generator_function: fullColumn({ ...options, ...more }, call),
  })
  const given = (row: FunctionRow): string => textsOf(row, reads)
  switch (kind) {
    case 'expression': {
      const text = `${name}(${read})`
      if (failsOneIn === null || reads.length === 0) return { column_type: 'expression', expr: text }
      const expr = `{% if (${reads[0]} ~ '')[-1:] not in '048c' %}${text}{% endif %}`
      return { column_type: 'expression', expr }
    }
    case 'function':
      return one((row) => made(column, given(row)))
    case 'text':
      return { column_type: 'llm-text', model_alias: 'writer', prompt: `${name}; ${read}` }
    case 'effect':
      return one(async (row) => calls.effect(column, row.id as string, given(row)))
    case 'sided':
      return one(
        async (row) => {
          const value = await calls.effect(column, row.id as string, given(row))
          return { [name]: value, [sideOf(column)]: `${value}*` }
        },
        { sideEffectColumns: { [sideOf(column)]: 'str' } },
      )
    case 'check':
      return {
        column_type: 'validation',
        target_columns: reads,
        validator_type: 'code',
        validator_params: { code_lang: 'json' },
      }
    case 'whole':
      return all((rows) => {
        const value = made(column, rows.map(given).join('\n'))
        return rows.map((_, at) => `${value}/${at}`)
      })
    case 'whole asking':
      return all(
        async (rows, { models }) => {
          const { content } = await models.writer!.generate(
            `${name}; ${numberOf(rows.map(given).join('\n'))}`,
          )
          return rows.map((_, at) => `${content}/${at}`)
        },
        { modelAliases: ['writer'] },
      )
    case 'retold':
      return {
        ...one((row) => {
          const value = made(column, given(row))
          return Array.from({ length: copiesOf(column, given(row)) }, (_, at) => `${value}/${at}`)
        }),
        allow_resize: true,
      }
    case 'copied':
      return {
        ...all((rows) => {
          const value = made(column, rows.map(given).join('\n'))
          return rows.flatMap((row) => Array(copiesOf(column, given(row))).fill({ ...row, [name]: value }))
        }),
        allow_resize: true,
      }
    default:
      return kind satisfies never
  }
}
