/** Random configs: each compiles, or is refused with messages that say where, to the line. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { errorCodes } from '../../../src/base/errors/error-codes.ts'
import { RowsmithError } from '../../../src/base/errors/errors.ts'
import { defaultRunConfig } from '../../../src/config/files/run-config.ts'
import { parseConfig } from '../../../src/config/form/load.ts'
import { formatPath, type Path } from '../../../src/config/reading/source.ts'
import { samplerTypes } from '../../../src/config/schema/samplers.ts'
import { buildCompiledConfig } from '../../../src/run/prepare/compiled-config.ts'

const name = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f') },
  fc.constantFrom('a b', ''),
)
const scalar = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string({ maxLength: 5 }),
  fc.boolean(),
  fc.constant(null),
)
const text = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom('{{ a }}', '{{ b }}', '{% if c %}x{% endif %}', 'plain') },
  fc.constantFrom('{{ ', '{{ nobody }}', '{% if a %}'),
  fc.string({ maxLength: 12 }),
)
const params = fc.dictionary(
  fc.constantFrom(
    'values',
    'weights',
    'low',
    'high',
    'mean',
    'stddev',
    'p',
    'n',
    'locale',
    'category',
    'start',
    'end',
    'age_range',
  ),
  fc.oneof(scalar, fc.array(scalar, { maxLength: 3 })),
  { maxKeys: 4 },
)
const good = fc.constantFrom(
  { sampler_type: 'category', params: { values: ['x', 'y'] } },
  { sampler_type: 'uniform', params: { low: 0, high: 1 } },
  { sampler_type: 'person', params: {} },
  { sampler_type: 'uuid', params: {} },
)
const any = fc.record({ sampler_type: fc.constantFrom(...samplerTypes), params })
const sampler = fc
  .tuple(name, fc.oneof({ weight: 5, arbitrary: good }, any))
  .map(([given, rest]) => ({ name: given, column_type: 'sampler', ...rest }))
const expression = fc.record(
  {
    name,
    column_type: fc.constant('expression'),
    expr: text,
    dtype: fc.constantFrom('str', 'int', 'float'),
    drop: fc.oneof({ weight: 9, arbitrary: fc.boolean() }, scalar),
    skip: fc.record({ when: text }),
  },
  { requiredKeys: ['name', 'column_type', 'expr'] },
)
const asked = fc.record({
  name,
  column_type: fc.constantFrom(
    'llm-text',
    'llm-code',
    'llm-judge',
    'embedding',
    'image',
    'custom',
    'validation',
  ),
  model_alias: fc.constantFrom('writer', 'writer', 'nobody'),
  prompt: text,
})
const columns = fc.array(
  fc.oneof({ weight: 3, arbitrary: sampler }, { weight: 3, arbitrary: expression }, asked),
  {
    minLength: 1,
    maxLength: 5,
  },
)
const constraint = fc.record({
  target_column: name,
  operator: fc.constantFrom('lt', 'ge', 'eq'),
  rhs: fc.oneof(name, fc.integer(), fc.constant('one')),
})
const processor = fc.oneof(
  fc.record({ processor_type: fc.constant('drop_columns'), name, column_names: fc.array(name) }),
  fc.record({
    processor_type: fc.constant('schema_transform'),
    name,
    template: fc.dictionary(name, text, { maxKeys: 2 }),
  }),
  fc.record({
    processor_type: fc.constant('sql'),
    name,
    sql: fc.constantFrom('SELECT a FROM dataset', 'SELEC'),
  }),
)
const model = fc.record(
  {
    alias: fc.constantFrom('writer', 'nobody'),
    provider: fc.constant('simulator'),
    model: scalar,
    skip: scalar,
  },
  { requiredKeys: ['alias', 'provider'] },
)
const root = fc.record(
  {
    model_configs: fc.oneof(
      { weight: 8, arbitrary: fc.constant([{ alias: 'writer', provider: 'simulator', model: 'm' }]) },
      fc.array(model, { maxLength: 2 }),
    ),
    columns,
    constraints: fc.array(constraint, { maxLength: 1 }),
    processors: fc.array(processor, { maxLength: 1 }),
  },
  { requiredKeys: ['model_configs', 'columns'] },
)

/** A value as text, each member and item on a line of its own; `lineOf` tells the line of a path, as `issuePath` spells it. */
class Written {
  readonly #lines: string[] = []
  readonly #lineOf = new Map<string, number>()

  constructor(value: unknown) {
    this.#write(value, [], '', '')
  }

  get text(): string {
    return this.#lines.join('\n')
  }

  /** The line of the nearest thing at or above a path; undefined when not even what holds it is there. */
  lineOf(path: Path): number | undefined {
    return this.#lineOf.get(formatPath(path)) ?? this.#lineOf.get(formatPath(path.slice(0, -1)))
  }

  #write(value: unknown, path: Path, before: string, after: string): void {
    this.#lines.push(before)
    this.#lineOf.set(formatPath(path), this.#lines.length)
    if (typeof value !== 'object' || value === null) {
      this.#lines[this.#lines.length - 1] += JSON.stringify(value) + after
      return
    }
    const isList = Array.isArray(value)
    const members = Object.entries(value)
    this.#lines[this.#lines.length - 1] += isList ? '[' : '{'
    for (const [at, [key, member]] of members.entries()) {
      const next = [...path, isList ? Number(key) : key]
      this.#write(member, next, isList ? '' : `${JSON.stringify(key)}: `, at < members.length - 1 ? ',' : '')
    }
    this.#lines.push((isList ? ']' : '}') + after)
  }
}

/** Where an issue says that it is: the line, and the path as far as it can be read without knowing where it ends. */
function placeOf(issue: string): { line: number; path: Path; what: string } {
  const [, line = '', rest = ''] = /^random\.yaml:(\d+): (.*)$/s.exec(issue) ?? []
  const path: (string | number)[] = []
  let at = 0
  const part = /\.?([\w-]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/y
  for (part.lastIndex = 0; ; at = part.lastIndex) {
    const found = part.exec(rest)
    if (found === null) break
    if (found[1] !== undefined) path.push(found[1])
    else path.push(found[2] === undefined ? (JSON.parse(found[3]!) as string) : Number(found[2]))
  }
  return { line: Number(line), path, what: rest.slice(at) }
}

test('a config compiles, or every issue of it is told with its line, a path that is there, and what is wrong with it', () => {
  let compiled = 0
  let refused = 0
  fc.assert(
    fc.property(root, (given) => {
      const written = new Written(given)
      try {
        const config = parseConfig(written.text, 'random.yaml')
        buildCompiledConfig(config, defaultRunConfig, { models: [], maxParallelRequests: null }, [])
        compiled++
      } catch (error) {
        if (!RowsmithError.isInstance(error)) throw error
        refused++
        expect(errorCodes[error.code].class).toBe('usage')
        const issues = error.facts.issues as readonly string[] | undefined
        expect(issues ?? error.message).toBeInstanceOf(Array)
        for (const issue of issues!) {
          const { line, path, what } = placeOf(issue)
          expect({ issue, line }).toEqual({ issue, line: written.lineOf(path) })
          expect(what, issue).toMatch(/^: ./)
          expect(issue.length).toBeLessThan(2000)
        }
        expect(error.message.split('\n')[0]).toBe(error.message)
        expect(error.message).toContain(issues![0])
      }
    }),
    { numRuns: 600 },
  )
  // Neither side of the sentence is empty.
  expect(Math.min(compiled, refused)).toBeGreaterThan(10)
})
