/** The values that a JSON Schema written as a literal lets through, as a cell holds them. Keywords that it does not know are ignored. */

export type JsonSchema = { readonly [key: string]: unknown } | boolean

/** @example FromJsonSchema<{ type: 'array'; items: { enum: ['a', 'b'] } }> is ('a' | 'b')[] */
export type FromJsonSchema<S, Root = S> = S extends { readonly $ref: `#/$defs/${infer N}` }
  ? Referred<N, Root>
  : S extends { readonly $ref: string }
    ? unknown
    : S extends { readonly const: infer C }
      ? C
      : S extends { readonly enum: readonly (infer E)[] }
        ? E
        : S extends { readonly anyOf: readonly (infer A)[] } | { readonly oneOf: readonly (infer A)[] }
          ? A extends unknown
            ? FromJsonSchema<A, Root>
            : never
          : S extends { readonly type: readonly (infer T)[] }
            ? T extends unknown
              ? FromJsonSchema<Omit<S, 'type'> & { readonly type: T }, Root>
              : never
            : OfType<S, Root>

type Referred<N, Root> = Root extends { readonly $defs: infer D }
  ? N extends keyof D
    ? FromJsonSchema<D[N], Root>
    : unknown
  : unknown

type OfType<S, Root> = S extends { readonly type: 'object'; readonly properties: infer P }
  ? { -readonly [K in keyof P]: FromJsonSchema<P[K], Root> | (K extends RequiredOf<S> ? never : null) }
  : S extends { readonly type: 'object' }
    ? { [key: string]: unknown }
    : S extends { readonly type: 'array'; readonly items: infer I }
      ? FromJsonSchema<I, Root>[]
      : S extends { readonly type: 'array' }
        ? unknown[]
        : S extends { readonly type: 'string' }
          ? string
          : S extends { readonly type: 'integer' | 'number' }
            ? number
            : S extends { readonly type: 'boolean' }
              ? boolean
              : S extends { readonly type: 'null' }
                ? null
                : unknown

type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never
