/**
 * A config as a program that declares it with `dataset()`, or with `defineConfig()` where no step says a part of it.
 *
 * Rules:
 *   1. The program is carried out as well as written: a dataset that would not be the same config is not written.
 *   2. A column stands after those that it reads, so that the compiler checks its prompt. A config in another order stays as it is,
 *      with `defineConfig()`.
 *   3. Columns in a row that do not read each other are one step.
 */
import { canonicalJson } from '../../base/values/json.ts'
import { isNumber, isValueObject, type ValueObject } from '../../base/values/value.ts'
import { configFromCode } from '../../code/from-code.ts'
import {
  cellTemplates,
  namedColumns,
  readsOf,
  sideEffects,
  type TemplatePlace,
} from '../../config/check/references.ts'
import { configFromValue } from '../../config/form/load.ts'
import { dumpConfig } from '../../config/form/save.ts'
import type { ColumnConfig, Config } from '../../config/schema/schema.ts'
import { type DatasetBuilder, dataset } from '../dataset.ts'
import * as processors from '../processors.ts'
import { asCode, asGiven, Call, type Code, codeText, membersText } from './code.ts'
import { columnCall, declaredBy } from './column-calls.ts'
import { modelsOf, processorCall, seedOf, toolsOf } from './part-calls.ts'

/** A step of the chain: a method, and what it is called with. */
interface Step {
  readonly method: 'column' | 'columns' | 'constrain' | 'processor' | 'profile'
  readonly args: readonly (Code | readonly Named[])[]
}
type Named = readonly [name: string, column: Call]

interface Declaration {
  readonly options: ValueObject
  readonly steps: readonly Step[]
}

/** A program, and the config that it declares. @param root the config as `briefConfig` writes it */
export function writeProgram(
  root: ValueObject,
  config: Config,
): { readonly text: string; readonly config: Config } {
  const plain = configFromValue(asCode(root), 'the result')
  const declared = isInOrder(config) ? declarationOf(root, config) : undefined
  if (declared !== undefined && isSame(declared, plain)) return { text: textOf(declared), config: plain }
  const call = new Call('defineConfig', [root])
  return {
    text: `import { defineConfig } from 'rowsmith'\n\nexport default ${codeText(call)}\n`,
    config: plain,
  }
}

/** Rule 1. */
function isSame({ options, steps }: Declaration, config: Config): boolean {
  type Step = (...args: unknown[]) => Steps
  type Steps = Readonly<Record<string, Step>>
  try {
    let built = dataset(asGiven(asCode(options)) as object) as unknown as Steps
    for (const { method, args } of steps) built = built[method]?.(...args.map(argumentOf)) as Steps
    const made = configFromCode(built as unknown as DatasetBuilder<object>, 'the result')
    return canonicalJson(dumpConfig(made)) === canonicalJson(dumpConfig(config))
  } catch {
    return false
  }
}

function argumentOf(arg: Step['args'][number]): unknown {
  if (arg instanceof Call) {
    const made = (processors as unknown as Record<string, (...args: unknown[]) => unknown>)[arg.name]
    return made === undefined ? declaredBy(arg) : made(...arg.args.map((each) => asGiven(asCode(each))))
  }
  if (isGroup(arg)) return Object.fromEntries(arg.map(([name, column]) => [name, declaredBy(column)]))
  return asGiven(asCode(arg))
}

function isGroup(arg: Step['args'][number]): arg is readonly Named[] {
  return Array.isArray(arg) && arg.length > 0 && (arg as readonly Named[])[0]?.[1] instanceof Call
}

function listOf(root: ValueObject, key: string): readonly ValueObject[] {
  return (root[key] as readonly ValueObject[] | undefined) ?? []
}

const operators: Readonly<Record<string, string>> = { lt: '<', le: '<=', gt: '>', ge: '>=' }

/** Undefined where there is no step for a part. */
function declarationOf(root: ValueObject, config: Config): Declaration | undefined {
  const models = listOf(root, 'model_configs')
  const tools = listOf(root, 'tool_configs')
  const seed = isValueObject(root.seed_config) ? seedOf(root.seed_config) : undefined
  if (isValueObject(root.seed_config) && seed === undefined) return undefined
  const after = listOf(root, 'processors').map((each) => [String(each.name), processorCall(each)] as const)
  const known = after.filter((each): each is [string, Call] => each[1] !== undefined)
  if (known.length < after.length) return undefined
  return {
    options: {
      ...(models.length === 0 ? {} : { models: modelsOf(models) }),
      ...(tools.length === 0 ? {} : { tools: toolsOf(tools) }),
      ...(seed === undefined ? {} : { seed }),
    },
    steps: [
      ...columnSteps(listOf(root, 'columns'), config),
      ...listOf(root, 'constraints').map((each): Step => {
        const { target_column: target = '', operator, rhs = '' } = each
        return { method: 'constrain', args: [target, operators[String(operator)] ?? '', rhs] }
      }),
      ...known.map(([name, call]): Step => ({ method: 'processor', args: [name, call] })),
      ...listOf(root, 'profilers').map(profileStep),
    ],
  }
}

function profileStep({ model_alias: model = '', summary_score_sample_size: sampleSize }: ValueObject): Step {
  return { method: 'profile', args: sampleSize === undefined ? [model] : [model, { sampleSize }] }
}

/** Rule 3. */
function columnSteps(columns: readonly ValueObject[], config: Config): Step[] {
  const groups: Named[][] = []
  let open: string[] = []
  for (const [index, column] of columns.entries()) {
    const name = String(column.name)
    const made = config.columns[index]
    const reads = made === undefined ? [] : readsOfColumn(made)
    const last = groups.at(-1)
    // An object would list names that are numbers before all others.
    const stands = reads.some((read) => open.includes(read)) || isNumber(name) || name === '__proto__'
    if (last === undefined || stands || open.some((each) => isNumber(each))) {
      groups.push([[name, columnCall(column)]])
      open = []
    } else last.push([name, columnCall(column)])
    open.push(name, ...(made === undefined ? [] : sideEffects(made, new Map())))
  }
  return groups.map((group): Step => {
    const [only, ...others] = group
    return others.length === 0 && only !== undefined
      ? { method: 'column', args: [only[0], only[1]] }
      : { method: 'columns', args: [group] }
  })
}

/** Rule 2. */
function isInOrder(config: Config): boolean {
  // Columns of the seed are there before any other.
  const columns = config.columns.filter((column) => column.column_type !== 'seed-dataset')
  const later = new Set(columns.flatMap((column) => [column.name, ...sideEffects(column, new Map())]))
  for (const column of columns) {
    if (readsOfColumn(column).some((read) => later.has(read))) return false
    for (const name of [column.name, ...sideEffects(column, new Map())]) later.delete(name)
  }
  return true
}

/** The names a column reads, its own among them where it reads itself. */
function readsOfColumn(column: ColumnConfig): string[] {
  const skipped = column.skip === null ? [] : [{ path: [], source: column.skip.when }]
  const places = [...cellTemplates(column, []), ...skipped, ...conditionsOf(column)]
  const templates = places.flatMap((place) => {
    const read = readsOf(place)
    return 'reads' in read ? read.reads : []
  })
  return [...templates, ...namedColumns(column, [], new Map()).map(({ name }) => name), ...drawnFrom(column)]
}

/** The conditions of a sampler, as templates. */
function conditionsOf(column: ColumnConfig): TemplatePlace[] {
  if (column.column_type !== 'sampler') return []
  return Object.keys(column.conditional_params).map((condition) => ({
    path: [],
    source: `{{ ${condition} }}`,
  }))
}

/** The column that the parameters of a sampler name. */
function drawnFrom(column: ColumnConfig): string[] {
  if (column.column_type !== 'sampler') return []
  const { params } = column
  if ('category' in params) return [params.category]
  return 'reference_column_name' in params ? [params.reference_column_name] : []
}

function textOf({ options, steps }: Declaration): string {
  const names = new Set<string>()
  const note = (call: Call): void => void names.add(call.name)
  const chain = steps.map(({ method, args }) => {
    const texts = args.map((arg) => {
      if (isGroup(arg)) {
        for (const [, column] of arg) note(column)
        return membersText(arg, '  ')
      }
      if (arg instanceof Call) note(arg)
      return codeText(arg, '  ')
    })
    return `\n  .${method}(${texts.join(', ')})`
  })
  const given = Object.keys(options).length === 0 ? '' : codeText(options)
  const sorted = [...names].sort()
  const line = `import { ${sorted.join(', ')} } from 'rowsmith/columns'`
  const lines = `import {\n${sorted.map((name) => `  ${name},\n`).join('')}} from 'rowsmith/columns'`
  const shown = line.length <= 100 ? line : lines
  return `import { dataset } from 'rowsmith'\n${shown}\n\nexport default dataset(${given})${chain.join('')}\n`
}
