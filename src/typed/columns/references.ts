/**
 * References to columns, which print themselves as the tag that puts the column in.
 *
 *     dataset({ models }).column('topic', category(['tea'])).column('text', ({ topic }) =>
 *       llmText({ model: 'writer', prompt: `Write about ${topic}.` }))   // 'Write about {{ topic }}.'
 */

declare const reference: unique symbol

/** Stands for a column, or a field of one, in a template. */
export interface Ref<T> {
  readonly [reference]?: T
  toString(): string
  /** With a filter. @example topic.with('upper') is {{ topic | upper }} */
  with(filter: string): string
}

/** A reference to each column. */
export type Refs<T> = { readonly [K in keyof T]-?: RefOf<Exclude<T[K], null>> }
type RefOf<T> = T extends readonly (infer I)[]
  ? Ref<T> & {
      /** A loop over the items. @example tags.each((tag) => `${tag.name}, `) */
      each(render: (item: RefOf<Exclude<I, null>>) => string): string
    }
  : T extends object
    ? Ref<T> & Refs<T>
    : Ref<T>

const isName = /^[A-Za-z_]\w*$/

/** References to whatever is named. @param path how a template names what they are in; empty for the row itself */
export function references(path = '', depth = 0): never {
  return new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === 'toString' || key === Symbol.toPrimitive) return () => `{{ ${path} }}`
        if (typeof key === 'symbol') return undefined
        if (path === '') return references(key, depth)
        if (key === 'with') return (filter: string) => `{{ ${path} | ${filter} }}`
        if (key === 'each') return (render: (item: unknown) => string) => loop(path, depth, render)
        return references(isName.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`, depth)
      },
    },
  ) as never
}

function loop(path: string, depth: number, render: (item: unknown) => string): string {
  const item = depth === 0 ? 'item' : `item_${depth + 1}`
  return `{% for ${item} in ${path} %}${render(references(item, depth + 1))}{% endfor %}`
}
