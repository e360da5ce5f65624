/** What is declared of functions, wherever in this process: also by another copy of Rowsmith, which a file imports by its path. */

/**
 * The declarations of one kind that all copies share.
 *
 * @param kind with a number that goes up when what is declared changes its form: copies of two forms share nothing
 */
export function sharedDeclarations<T>(kind: `${string}.${number}`): WeakMap<object, T> {
  const shared = globalThis as unknown as Record<symbol, WeakMap<object, T> | undefined>
  const key = Symbol.for(`rowsmith.declared.${kind}`)
  shared[key] ??= new WeakMap()
  return shared[key]
}
