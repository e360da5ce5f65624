/**
 * Everything that can be wrong with a file of the user's, as sentences: `file:line: path: what (seen VALUE);
 * allowed ...; did you mean "x"?`
 *
 * Rules:
 *   1. All issues of a file are reported at once, in file order; the error's message is the first.
 *   2. Values are shown only when they are short scalars, and never when they may hold a secret or a prompt.
 *   3. A misspelt key explains the key that is missing because of it.
 */
import type { z } from 'zod'
import type { ErrorCode } from '../../base/errors/error-codes.ts'
import { RowsmithError } from '../../base/errors/errors.ts'
import { formatJson } from '../../base/values/json.ts'
import { givenNames } from '../../base/values/proto-name.ts'
import { isValueObject, type Value } from '../../base/values/value.ts'
import type { Mismatch } from './lax.ts'
import { formatPath, type Path, type Source } from './source.ts'
import { didYouMean } from './suggest.ts'

export interface Issue {
  readonly path: Path
  readonly what: string
  /** @default 'config_invalid' */
  readonly code?: ErrorCode
}

/**
 * Reads `value` by `schema`.
 *
 * @throws RowsmithError config_invalid
 */
export function readBy<T extends z.ZodType>(schema: T, value: Value, source: Source): z.output<T> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  throw issuesError(zodIssues(result.error.issues, value), source)
}

/** One error for all issues; its code is that of the first. */
export function issuesError(issues: readonly Issue[], source: Source): RowsmithError {
  const placed = inFileOrder(issues, source)
  const sentences = placed.map((each) => sentenceOf(each, source))
  const [first] = placed
  const others = placed.length - 1
  const more = others === 0 ? '' : ` (and ${others} more ${others === 1 ? 'problem' : 'problems'})`
  return new RowsmithError(first?.issue.code ?? 'config_invalid', `${sentences[0]}${more}`, {
    facts: {
      file: source.name,
      line: first?.line ?? null,
      path: formatPath(first?.issue.path ?? []),
      issues: sentences,
    },
  })
}

/** A sentence for each issue, with its place, in file order. */
export function issueSentences(issues: readonly Issue[], source: Source): string[] {
  return inFileOrder(issues, source).map((each) => sentenceOf(each, source))
}

interface Placed {
  readonly issue: Issue
  readonly line: number | null
}

function inFileOrder(issues: readonly Issue[], source: Source): Placed[] {
  return issues
    .map((issue) => ({
      issue: { ...issue, path: source.spelled?.(issue.path) ?? issue.path },
      line: source.line(issue.path),
    }))
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}

function sentenceOf({ issue, line }: Placed, source: Source): string {
  const place = line === null ? source.name : `${source.name}:${line}`
  const path = formatPath(issue.path)
  return path === '' ? `${place}: ${issue.what}` : `${place}: ${path}: ${issue.what}`
}

/** The path of an issue of zod's, with names as they were given. */
function givenPath(path: readonly PropertyKey[]): Path {
  return path.map((key) => (typeof key === 'string' ? givenNames(key) : key)) as Path
}

/** zod's issues with `root`, in our words. */
export function zodIssues(issues: readonly z.core.$ZodIssue[], root: Value): Issue[] {
  const found = issues.flatMap((issue) => describe(issue, givenPath(issue.path), root))
  const explained = new Set<string>()
  const reported = new Set(found.map(({ path }) => formatPath(path)))
  const misspelt = found
    .flatMap((issue) => misspeltKey(issue, root))
    .filter(({ path }) => !reported.has(formatPath(path)))
  for (const { path, what } of [...found, ...misspelt]) {
    const meant = /^unknown key;.*; did you mean "(.*)"\?$/.exec(what)?.[1]
    if (meant !== undefined) explained.add(formatPath([...path.slice(0, -1), meant]))
  }
  return [...found, ...misspelt].filter(
    ({ path, what }) => !what.startsWith(required) || !(explained.has(formatPath(path)) || isCopied(path)),
  )
}

const required = 'is required'

/** The key that was meant to be one that is missing, where no schema was chosen yet that would know the others. Rule 3. */
function misspeltKey({ path, what }: Issue, root: Value): Issue[] {
  const [key] = path.slice(-1)
  const owner = at(root, path.slice(0, -1))
  if (!what.startsWith(required) || typeof key !== 'string' || !isValueObject(owner)) return []
  const given = Object.keys(owner).find(
    (name) => !['name', 'drop', 'params'].includes(name) && isMeant(name, key),
  )
  if (given === undefined) return []
  return [
    { path: [...path.slice(0, -1), given], what: `unknown key; allowed ${key}; did you mean "${key}"?` },
  ]
}

/** `colum_type` is `column_type`, and so is `type`. */
function isMeant(name: string, key: string): boolean {
  return didYouMean(name, [key]) !== '' || key.endsWith(`_${name}`)
}

/** The loader copies these from the column into its parameters; the column's own issue says it all. */
function isCopied(path: Path): boolean {
  const key = path.at(-1)
  return path.length > 3 && (key === 'sampler_type' || key === 'validator_type')
}

function describe(issue: z.core.$ZodIssue, path: Path, root: Value): Issue[] {
  const value = at(root, path)
  const one = (what: string): Issue[] => [{ path, what }]
  switch (issue.code) {
    case 'unrecognized_keys': {
      const sentences = issue.message.split('\n')
      return issue.keys.map((key, index) => ({
        path: [...path, key],
        what: sentences[index] ?? 'unknown key',
      }))
    }
    case 'invalid_union': {
      const { options } = issue as { options?: unknown[] }
      if (options !== undefined) return one(notOneOf(options, value, path))
      return bestBranch(issue.errors, path, value, root)
    }
    case 'invalid_value':
      return one(notOneOf(issue.values, value, path))
    case 'invalid_type':
      if (issue.expected === 'null') return one(issue.message)
      return one(notA(kinds[issue.expected] ?? issue.expected, value, path))
    case 'custom': {
      const expected = (issue.params as Mismatch | undefined)?.expected
      return one(expected === undefined ? issue.message : notA(expected, value, path))
    }
    case 'too_small':
    case 'too_big':
      return one(`${sizeRule(issue)}${Array.isArray(value) ? '' : seen(value, path)}`)
    default:
      return one(issue.message)
  }
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a string',
  object: 'a map',
  record: 'a map',
  array: 'a list',
  int: 'a whole number',
  number: 'a number',
  nonoptional: 'given',
}

/** A union's issue is that of the branch the value comes nearest to: the one that knows most of its keys. */
function bestBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
  path: Path,
  value: Value | undefined,
  root: Value,
): Issue[] {
  const near = branches.filter(
    (issues) => !issues.some((issue) => issue.path.length === 0 && isMismatch(issue)),
  )
  const [best] = near.toSorted((a, b) => unknownKeys(a) - unknownKeys(b) || a.length - b.length)
  if (best !== undefined)
    return best.flatMap((issue) => describe(issue, [...path, ...givenPath(issue.path)], root))
  const expected = branches.flatMap((issues) => issues.slice(0, 1).flatMap(expectation))
  return [{ path, what: notA([...new Set(expected)].join(' or '), value, path) }]
}

function unknownKeys(issues: readonly z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0)
}

function isMismatch(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'invalid_type' || (issue.code === 'custom' && issue.params?.expected !== undefined)
}

function expectation(issue: z.core.$ZodIssue): string[] {
  if (issue.code === 'invalid_type') return [kinds[issue.expected] ?? issue.expected]
  const expected = issue.code === 'custom' ? (issue.params as Mismatch | undefined)?.expected : undefined
  return expected === undefined ? [] : [expected]
}

function notA(expected: string, value: Value | undefined, path: Path): string {
  if (value === undefined) return expected === 'given' ? required : `${required}; it must be ${expected}`
  return `must be ${expected}${seen(value, path)}`
}

function notOneOf(allowed: readonly unknown[], value: Value | undefined, path: Path): string {
  const words = allowed.map(String)
  const choice = `; allowed ${words.join(', ')}`
  if (value === undefined) return `${required}${choice}`
  const meant = typeof value === 'string' ? didYouMean(value, words) : ''
  return `is not one of the allowed values${seen(value, path)}${choice}${meant}`
}

function sizeRule(issue: z.core.$ZodIssueTooSmall | z.core.$ZodIssueTooBig): string {
  const small = issue.code === 'too_small'
  const limit = Number(small ? issue.minimum : issue.maximum)
  if (issue.origin === 'array') {
    if (issue.exact) return `must have exactly ${limit} items`
    return `must have at ${small ? 'least' : 'most'} ${limit} ${limit === 1 ? 'item' : 'items'}`
  }
  if (issue.inclusive === false) return `must be ${small ? 'above' : 'below'} ${limit}`
  return `must be at ${small ? 'least' : 'most'} ${limit}`
}

/** Fields whose values are never shown. */
const unspoken = new Set(['api_key', 'token', 'extra_headers', 'prompt', 'system_prompt', 'expr'])

function seen(value: Value | undefined, path: Path): string {
  if (value === undefined) return ''
  if (Array.isArray(value)) return ' (seen a list)'
  if (isValueObject(value)) return ' (seen a map)'
  if (path.some((part) => unspoken.has(String(part)))) return ''
  const text = formatJson(value)
  return ` (seen ${text.length > 60 ? `${text.slice(0, 57)}...` : text})`
}

function at(root: Value, path: Path): Value | undefined {
  let value: Value | undefined = root
  for (const part of path) {
    if (Array.isArray(value)) value = value[Number(part)]
    else if (isValueObject(value) && Object.hasOwn(value, part)) value = value[part]
    else return undefined
  }
  return value
}
