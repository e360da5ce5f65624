/** Counts and amounts of money as people read them; `--json` has every digit. */

/** `1 row`, `2 rows` */
export function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}

/** `12.3 kB`, `84.2 MB`, `1.50 GB` */
export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`
}

/**
 * `$0.07598`, `$1.50`: four digits that count, more only before the point. Prices are given without a currency, as vendors list them;
 * ROWSMITH_CURRENCY names another one: `0.07598 EUR`.
 */
export function formatAmount(amount: number): string {
  const digits = withoutExponent(amount)
  const currency = process.env.ROWSMITH_CURRENCY ?? ''
  return currency === '' ? `$${digits}` : `${digits} ${currency}`
}

function withoutExponent(amount: number): string {
  if (amount === 0) return '0'
  if (amount >= 1000) return String(Math.round(amount))
  const decimals = Math.min(15, 3 - Math.floor(Math.log10(amount)))
  const text = amount.toFixed(Math.max(0, decimals))
  if (!text.includes('.')) return text
  return text.replace(/\.?0+$/, '').replace(/\.\d$/, '$&0')
}
