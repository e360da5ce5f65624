/**
 * Whether a query gives the same rows in the same order each time: what its text must settle.
 *
 * Owns: the rules, over the syntax tree that DuckDB makes of a query. Pure: nothing is run.
 * A *total order* is an ORDER BY that leaves no two rows equal: one that names `_row`, the number of a row of `dataset`, or
 * ORDER BY ALL; and for groups one that names all they are grouped by.
 * Rules:
 *   Q1. DISTINCT ON, LIMIT and OFFSET take some of several rows: they need a total order.
 *   Q2. So do window functions whose value depends on the order of equal rows: all but ranks and, without an order of
 *       their own, counts, sums and extremes.
 *   Q3. So do aggregates that take one of several values, or put them in a row: within their brackets.
 *   Q4. What groups, joins, dedupes, combines tables or has window functions has no order of its own: the rows of such a result need a total one.
 *       Any other result keeps the order of `dataset`, or the one it names, which then has to be total.
 *   Q5. What differs from run to run (random, now, samples without a seed of DuckDB's own) is not allowed: split by `hash`.
 *   Q6. One SELECT, which reads `dataset` and tables of its own (WITH): no file, no function that gives a table.
 */
import { rowColumn } from '../config/check/check-post-processors.ts'

/** DuckDB's tree, as `json_serialize_sql` writes it. */
type Tree = { readonly [key: string]: unknown }

/** The statements of a text, as DuckDB has them. */
export interface ParsedSql {
  readonly error: boolean
  readonly error_message?: string
  readonly statements?: readonly { readonly node: Tree }[]
}

/** @returns what is wrong with a query, one sentence each without a full stop; empty when nothing is */
export function orderIssues(parsed: ParsedSql): string[] {
  if (parsed.error) return [reason(parsed.error_message ?? 'it cannot be parsed')]
  const [statement, ...more] = parsed.statements ?? []
  if (statement === undefined || more.length > 0) return ['must be one SELECT']
  const issues = new Set<string>()
  visit(statement.node, new Set(['dataset', ...namedTables(statement.node)]), issues)
  if (issues.size === 0) result(statement.node, issues)
  return [...issues]
}

function reason(message: string): string {
  return /Only SELECT statements/.test(message)
    ? 'must be one SELECT, without PIVOT'
    : (message.split('\n')[0] ?? '').replace(/[.!]+$/, '').slice(0, 200)
}

/** Q4: the rows that a query gives in the end. */
function result(node: Tree, issues: Set<string>): void {
  const order = modifier(node, 'ORDER_MODIFIER')
  if (order !== undefined && !isTotal(node, order)) {
    issues.add(`ORDER BY leaves the order of equal rows open; ${advice(node)}`)
  } else if (order === undefined && hasNoOrder(node)) {
    issues.add(
      `groups, joins, dedupes, combines or ranks rows, so their order is not settled; ${advice(node)}`,
    )
  }
}

function advice(node: Tree): string {
  const groups = groupKeys(node).length > 0 || node.aggregate_handling === 'FORCE_AGGREGATES'
  if (groups) return 'end it with an ORDER BY that names all it is grouped by, or with ORDER BY ALL'
  return node.type === 'SELECT_NODE' && !isDistinct(node) && !joins(node.from_table)
    ? `end it with ${rowColumn}`
    : `end it with ORDER BY ALL, or one that names ${rowColumn}`
}

function hasNoOrder(node: Tree): boolean {
  if (node.type !== 'SELECT_NODE') return true
  if (joins(node.from_table) || isDistinct(node)) return true
  if (holdsWindow(node.select_list) || holdsWindow(node.qualify)) return true
  const { from_table: from } = node
  if (isTree(from) && from.type === 'SUBQUERY') {
    const inner = (from.subquery as Tree | undefined)?.node
    if (isTree(inner) && modifier(inner, 'ORDER_MODIFIER') === undefined && hasNoOrder(inner)) return true
  }
  if (groupKeys(node).length > 0 || node.aggregate_handling === 'FORCE_AGGREGATES') return true
  // Tables of its own may have any order.
  return isTree(from) && from.type === 'BASE_TABLE' && from.table_name !== 'dataset'
}

function holdsWindow(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsWindow)
  return isTree(value) && (value.class === 'WINDOW' || Object.values(value).some(holdsWindow))
}

function joins(from: unknown): boolean {
  return isTree(from) && from.type === 'JOIN'
}

function isDistinct(node: Tree): boolean {
  return modifier(node, 'DISTINCT_MODIFIER') !== undefined
}

function visit(value: unknown, tables: ReadonlySet<string>, issues: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) visit(item, tables, issues)
  if (!isTree(value)) return
  if (Array.isArray(value.modifiers)) choices(value, issues)
  if (value.sample !== null && value.sample !== undefined) {
    issues.add('takes a sample, which differs from run to run; split by hash instead')
  }
  switch (value.class) {
    case 'WINDOW':
      window(value, issues)
      break
    case 'FUNCTION':
      call(value, issues)
      break
    case 'COLUMN_REF':
      moment(value, issues)
      break
  }
  if (value.type === 'TABLE_FUNCTION' && !makesRows.has(String((value.function as Tree).function_name))) {
    issues.add('reads a function that gives a table; a query reads only dataset')
  }
  if (value.type === 'BASE_TABLE' && !tables.has(String(value.table_name).toLowerCase())) {
    issues.add(`reads ${JSON.stringify(value.table_name)}; a query reads only dataset and tables of its WITH`)
  }
  for (const member of Object.values(value)) visit(member, tables, issues)
}

/** Q1. */
function choices(node: Tree, issues: Set<string>): void {
  const order = modifier(node, 'ORDER_MODIFIER')
  const total = order !== undefined && isTotal(node, order)
  const distinct = modifier(node, 'DISTINCT_MODIFIER')
  const on = distinct === undefined ? [] : (distinct.distinct_on_targets as unknown[])
  if (on.length > 0 && !total) {
    issues.add(
      `DISTINCT ON keeps one of several rows, and no total order says which; ORDER BY …, ${rowColumn}`,
    )
  }
  const limit = modifier(node, 'LIMIT_MODIFIER') ?? modifier(node, 'LIMIT_PERCENT_MODIFIER')
  if (limit !== undefined && !total) {
    issues.add(`LIMIT keeps some of the rows, and no total order says which; ORDER BY …, ${rowColumn}`)
  }
}

/** Functions that give tables, and the same ones each time. */
const makesRows = new Set(['unnest', 'range', 'generate_series'])
const ranks = new Set(['rank', 'dense_rank', 'percent_rank', 'cume_dist', 'rank_dense'])
const ofAllRows = new Set(['count', 'count_star', 'sum', 'min', 'max', 'avg', 'bool_and', 'bool_or', 'mean'])

/** Q2. */
function window(node: Tree, issues: Set<string>): void {
  const name = String(node.function_name)
  const orders = [...(node.orders as Tree[]), ...((node.arg_orders as Tree[] | undefined) ?? [])]
  if (ranks.has(name) || (orders.length === 0 && ofAllRows.has(name))) return
  if (!orders.some(({ expression }) => isRowNumber(expression) || isAll(expression))) {
    issues.add(`${name}() OVER depends on the order of equal rows; end its ORDER BY with ${rowColumn}`)
  }
}

const takesOne = new Set([
  ...[
    'first',
    'last',
    'any_value',
    'arbitrary',
    'list',
    'array_agg',
    'string_agg',
    'group_concat',
    'listagg',
  ],
  ...[
    'arg_min',
    'arg_max',
    'argmin',
    'argmax',
    'min_by',
    'max_by',
    'mode',
    'histogram_values',
    'json_group_array',
  ],
  ...['json_group_object', 'arg_min_null', 'arg_max_null', 'product', 'fsum', 'kahan_sum', 'sumkahan'],
  ...['reservoir_quantile', 'approx_quantile', 'approx_top_k'],
])
const changing = new Set([
  ...['random', 'setseed', 'uuid', 'gen_random_uuid', 'uuidv4', 'uuidv7', 'now', 'today', 'current_date'],
  ...[
    'current_time',
    'current_timestamp',
    'get_current_time',
    'get_current_timestamp',
    'localtime',
    'version',
  ],
  ...['localtimestamp', 'transaction_timestamp', 'nextval', 'currval', 'txid_current', 'current_localtime'],
  ...['current_localtimestamp', 'current_setting', 'getenv', 'pg_backend_pid', 'current_connection_id'],
])

/** Q3, Q5. */
function call(node: Tree, issues: Set<string>): void {
  const name = String(node.function_name).toLowerCase()
  if (changing.has(name)) issues.add(`${name}() differs from run to run; split by hash instead`)
  if (!takesOne.has(name)) return
  const orders = ((node.order_bys as Tree | null)?.orders as Tree[] | undefined) ?? []
  if (!orders.some(({ expression }) => isRowNumber(expression))) {
    issues.add(`${name}() depends on the order of rows; write ORDER BY …, ${rowColumn} within its brackets`)
  }
}

/** Q5: `current_date` and its like are written as columns are. */
function moment({ column_names: names }: Tree, issues: Set<string>): void {
  const [name, ...more] = names as unknown[]
  if (more.length > 0 || !/^(current_(date|time|timestamp)|localtime|localtimestamp)$/i.test(String(name)))
    return
  issues.add(`${name} differs from run to run; split by hash instead`)
}

/** Whether an ORDER BY leaves no two rows of the node equal. */
function isTotal(node: Tree, order: Tree): boolean {
  const keys = (order.orders as Tree[]).map(({ expression }) => settled(node, expression))
  if (keys.some((key) => isRowNumber(key) || isAll(key))) return true
  const groups = groupKeys(node).map((key) => same(settled(node, key)))
  const named = new Set(keys.map(same))
  return groups.length > 0 && groups.every((key) => named.has(key))
}

/** What a position or another name of a result stands for. */
function settled(node: Tree, expression: unknown): unknown {
  const list = (node.select_list as Tree[] | undefined) ?? []
  if (!isTree(expression)) return expression
  if (expression.class === 'CONSTANT') return list[Number((expression.value as Tree).value) - 1] ?? expression
  const names = expression.column_names
  const name = Array.isArray(names) && names.length === 1 ? names[0] : undefined
  return list.find(({ alias, class: kind }) => alias === name && kind !== 'STAR') ?? expression
}

function groupKeys(node: Tree): unknown[] {
  return (node.group_expressions as unknown[] | undefined) ?? []
}

/** An expression without its place and its name. */
function same(expression: unknown): string {
  return JSON.stringify(expression, (key, value: unknown) =>
    key === 'query_location' || key === 'alias' ? undefined : value,
  )
}

function isRowNumber(expression: unknown): boolean {
  if (!isTree(expression) || expression.class !== 'COLUMN_REF') return false
  return String((expression.column_names as unknown[]).at(-1)).toLowerCase() === rowColumn
}

/** `ALL`, which is a star over all columns. */
function isAll(expression: unknown): boolean {
  return isTree(expression) && expression.class === 'STAR' && expression.columns === true
}

function modifier(node: Tree, type: string): Tree | undefined {
  return ((node.modifiers as Tree[] | undefined) ?? []).find((each) => each.type === type)
}

/** The names that WITH gives, anywhere in the query. */
function namedTables(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(namedTables)
  if (!isTree(value)) return []
  const map = (value.cte_map as Tree | undefined)?.map
  const own = Array.isArray(map) ? map.map((entry) => String((entry as Tree).key).toLowerCase()) : []
  return [...own, ...Object.values(value).flatMap(namedTables)]
}

function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
