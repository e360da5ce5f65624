/** What models call a tool: its own name where every vendor takes it, else an alias that stays the same. */
import { sha256 } from '../../base/numbers/hash.ts'

const fits = /^[a-zA-Z0-9_-]{1,64}$/

/**
 * The names that models see, by the tools' own. A name that fits is never changed. Example: `shop.find` is `shop_find`; next to
 * a `shop_find`, it is `shop_find_1c5e0f`.
 */
export function shownNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(names.filter((name) => fits.test(name)))
  return new Map(
    names.map((name) => {
      if (fits.test(name)) return [name, name]
      const plain = name.replaceAll(/[^a-zA-Z0-9_-]+/gu, '_').slice(0, 64)
      const isFree = /[a-zA-Z0-9]/.test(plain) && plain.length === [...name].length && !taken.has(plain)
      const shown = isFree ? plain : `${plain.slice(0, 57)}_${sha256(name).slice(0, 6)}`
      taken.add(shown)
      return [name, shown]
    }),
  )
}
