/**
 * Templates for programs that use this package: ordinary JavaScript values in, the same engine inside.
 */
import { objectOf, toValue, type ValueObject } from '../../base/values/value.ts'
import { compileTemplate } from './template.ts'

export interface CompiledTemplate {
  /** Names taken from the context, sorted; globals such as `range` are never among them. */
  readonly variables: readonly string[]
  /**
   * @param context whole numbers count as integers; bigints are integers too
   * @throws RowsmithError template_failed with facts `variable` (when one is at fault), `line`, `column`
   */
  render(context: Readonly<Record<string, unknown>>): string
  /**
   * The value of a template that is one expression, `{{ ... }}` and nothing around it: integers are bigints, floats numbers.
   * Any other template's text.
   *
   * @throws RowsmithError as `render`
   */
  evaluate(context: Readonly<Record<string, unknown>>): unknown
}

/**
 * Compiles a Jinja template, once for however many renders.
 *
 * @throws RowsmithError template_invalid with facts `line`, `column`
 */
export function compileForUsers(text: string): CompiledTemplate {
  const template = compileTemplate(text)
  // Only what the template reads is converted: the rest of a context may be anything.
  const contextOf = (given: Readonly<Record<string, unknown>>): ValueObject =>
    objectOf(
      template.reads.flatMap((name) =>
        Object.hasOwn(given, name) && given[name] !== undefined ? [[name, toValue(given[name])]] : [],
      ),
    )
  return {
    variables: template.reads,
    render: (context) => template.render(contextOf(context)),
    evaluate: (context) => template.evaluate(contextOf(context)),
  }
}
