/**
 * What a config says that is surely not meant, before the first paid request.
 *
 * 1. What cannot work is an issue, and refuses the config; what works otherwise than it looks is a warning.
 * 2. One place, one complaint: a prompt whose braces are those of an f-string is not also reported to read no column.
 */

import {
  cellTemplates,
  readsOf,
  sideEffects,
  type TemplatePlace,
  treeTemplates,
} from '../../config/check/references.ts'
import { type Issue, issueSentences } from '../../config/reading/issues.ts'
import { type Path, sourceOf } from '../../config/reading/source.ts'
import { didYouMean, quote } from '../../config/reading/suggest.ts'
import { isAfterGeneration } from '../../config/schema/processors.ts'
import type { ColumnConfig, Config } from '../../config/schema/schema.ts'
import { type MissingMember, type Outline, outlineOf, type Shape } from '../../template/syntax/outline.ts'
import type { Column } from './column.ts'
import { shapesOf } from './shapes.ts'

/** What of a config was found. */
export interface Lint {
  /** One sentence each, with its place. */
  readonly warnings: readonly string[]
  /** Why it cannot work. */
  readonly issues: readonly Issue[]
}

/** @param columns compiled, of a config that `checkConfig` has passed */
export function lintConfig(config: Config, columns: readonly Column[]): Lint {
  const linter = new Linter(config, columns)
  for (const [index, column] of config.columns.entries()) linter.column(column, ['columns', index])
  for (const [index, processor] of config.processors.entries()) {
    if (isAfterGeneration(processor) || processor.processor_type !== 'schema_transform') continue
    for (const place of treeTemplates(processor.template, ['processors', index, 'template']))
      linter.template(place)
  }
  return { warnings: issueSentences(linter.doubts, sourceOf(config)), issues: linter.issues }
}

type Use = 'cell' | 'expression' | 'condition' | 'other'

/** A member alone: an expression that is nothing else fails where it is missing. Example: `{{ a.topik }}`. */
const memberAlone = /^\s*\{\{-?\s*[\w.[\]'"]+\s*-?\}\}\s*$/

class Linter {
  readonly issues: Issue[] = []
  readonly doubts: Issue[] = []
  readonly #names: readonly string[]
  readonly #shapes: ReadonlyMap<string, Shape>

  constructor(config: Config, columns: readonly Column[]) {
    const functions = sourceOf(config).code?.functions ?? new Map()
    this.#shapes = shapesOf(config, columns)
    this.#names = [
      ...columns.map(({ name }) => name),
      ...config.columns.flatMap((column) => sideEffects(column, functions)),
    ]
  }

  column(column: ColumnConfig, path: Path): void {
    if (column.skip !== null)
      this.template({ path: [...path, 'skip', 'when'], source: column.skip.when }, 'condition')
    const isExpression = column.column_type === 'expression'
    const outlines = cellTemplates(column, path).map((place) =>
      // A condition may leave out every cell that would fail.
      this.template(place, column.skip !== null ? 'other' : isExpression ? 'expression' : 'cell'),
    )
    if ('prompt' in column) this.#prompt(column, path, outlines)
    if (column.column_type === 'sampler') {
      this.range(column.params, [...path, 'params'])
      for (const [condition, params] of Object.entries(column.conditional_params)) {
        this.range(params, [...path, 'conditional_params', condition])
      }
    }
  }

  /** What a template reads, and what it looks as if it read. @param use what it is for: a cell of every row, or a condition */
  template({ path, source }: TemplatePlace, use: Use = 'other'): Outline {
    const outline = outlineOf(source, this.#shapes)
    for (const missing of outline.missing) {
      const isAlone = use === 'expression' && memberAlone.test(source)
      const isFatal = isAlone || (missing.fatal && (use === 'cell' || use === 'expression'))
      const what = missingSentence(
        missing,
        use === 'condition' ? 'every cell is left out' : isFatal ? 'every row fails' : 'nothing stands there',
      )
      if (isFatal) this.issues.push({ path, what })
      else this.doubts.push({ path, what })
    }
    for (const { name, written } of this.#columnsIn(outline)) {
      this.doubts.push({ path, what: `${written} stays as it is; a column is read with {{ ${name} }}` })
    }
    return outline
  }

  #columnsIn({ braces }: Outline): Outline['braces'] {
    return braces.filter(({ name }) => this.#names.includes(name))
  }

  #prompt(
    column: ColumnConfig & { readonly prompt: string },
    path: Path,
    outlines: readonly Outline[],
  ): void {
    const place = [...path, 'prompt']
    if ('multi_modal_context' in column && (column.multi_modal_context ?? []).length > 0) return
    const [prompt, ...others] = outlines
    if (prompt?.blank) {
      const alone = others.every(({ blank }) => blank)
      const what = 'is empty: there is nothing to ask'
      if (alone) this.issues.push({ path: place, what })
      else
        this.doubts.push({ path: place, what: `${what} but the system prompt, which some providers refuse` })
      return
    }
    const reads = cellTemplates(column, path).some((template) => {
      const result = readsOf(template)
      return 'issue' in result || result.reads.length > 0
    })
    if (reads || outlines.some((outline) => outline.draws || this.#columnsIn(outline).length > 0)) return
    const example = this.#names.find((name) => name !== column.name && !name.startsWith('_'))
    const how = example === undefined ? '' : `; a column is read with {{ ${example} }}`
    this.doubts.push({ path: place, what: `reads no column, so every row sends the same request${how}` })
  }

  /** A range whose ends stand the wrong way round: values come from between them all the same. */
  range(params: object, path: Path): void {
    if (!('low' in params && 'high' in params)) return
    const { low, high } = params
    if (!(Number(low) > Number(high))) return
    this.doubts.push({
      path: [...path, 'low'],
      what: `${low} is above high, ${high}; were they meant the other way round?`,
    })
  }
}

function missingSentence({ owner, name, known }: MissingMember, then: string): string {
  const has =
    known.length === 0 ? '' : `; it has ${known.slice(0, 12).join(', ')}${known.length > 12 ? ', ...' : ''}`
  const meant = didYouMean(name, known)
  return `${owner} never has ${quote(name)}, so ${then}${meant === '' ? has : meant}`
}
