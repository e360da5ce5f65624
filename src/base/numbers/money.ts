/**
 * Amounts of money that add up exactly: integers of 10^-15 of whatever currency prices are given in.
 *
 * A price has at most nine decimals and is for 10^6 tokens, so the price of one token has at most fifteen.
 */
export type Money = bigint

const decimals = 15
/** Of a price, per million tokens. */
const priceDecimals = 9

/**
 * A number as the integer of its shortest decimal form, in units of 10^-`places`.
 *
 * @returns undefined when it is negative, not finite, or has more decimals
 */
function scaled(number: number, places: number): bigint | undefined {
  const [, whole, fraction = '', exponent = '0'] =
    /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? []
  if (whole === undefined) return undefined
  const shift = places - fraction.length + Number(exponent)
  const digits = BigInt(whole + fraction)
  if (shift >= 0) return digits * 10n ** BigInt(shift)
  const unit = 10n ** BigInt(-shift)
  return digits % unit === 0n ? digits / unit : undefined
}

/** An amount such as 12.5. @returns undefined for what is no amount, or has more than 15 decimals */
export function money(amount: number): Money | undefined {
  return scaled(amount, decimals)
}

/** What one token costs at a price per million. @returns undefined for a price with more than nine decimals */
export function perToken(pricePerMillion: number): Money | undefined {
  return scaled(pricePerMillion, priceDecimals)
}

/** The nearest float, for programs that read JSON. */
export function moneyAsNumber(amount: Money): number {
  const digits = String(amount).padStart(decimals + 1, '0')
  return Number(`${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`)
}
