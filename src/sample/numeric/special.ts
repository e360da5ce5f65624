/**
 * The functions behind distributions: the normal, gamma and beta integrals, and their inverses.
 *
 * Checked against SciPy in test/sample/numeric/quantiles.test.ts. Probabilities above one half are reported as what is left to one, so
 * that both tails keep their digits.
 */
import { exp, log, log1p } from './elementary.ts'

/** A probability from below and from above: `lower + upper` is 1. */
interface Probability {
  readonly lower: number
  readonly upper: number
}

const HALF_LOG_2PI = 0.9189385332046728

/**
 * The quantile of the standard normal distribution.
 *
 * @param p between 0 and 1. Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied
 *   Statistics 37 (1988), PPND16
 */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q
    return q * rational(r, CENTRE_OVER, CENTRE_UNDER)
  }
  const tail = q < 0 ? p : 1 - p
  if (tail <= 0) return q < 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  const r = Math.sqrt(-log(tail))
  const size = r <= 5 ? rational(r - 1.6, MIDDLE_OVER, MIDDLE_UNDER) : rational(r - 5, FAR_OVER, FAR_UNDER)
  return q < 0 ? -size : size
}

function rational(x: number, over: readonly number[], under: readonly number[]): number {
  return polynomial(x, over) / polynomial(x, under)
}

/** Coefficients from the constant on. */
function polynomial(x: number, coefficients: readonly number[]): number {
  let sum = 0
  for (const coefficient of coefficients.toReversed()) sum = sum * x + coefficient
  return sum
}

const CENTRE_OVER = [
  3.3871328727963665, 133.14166789178438, 1971.5909503065513, 13731.69376550946, 45921.95393154987,
  67265.7709270087, 33430.57558358813, 2509.0809287301227,
]
const CENTRE_UNDER = [
  1, 42.31333070160091, 687.1870074920579, 5394.196021424751, 21213.794301586597, 39307.89580009271,
  28729.085735721943, 5226.495278852854,
]
const MIDDLE_OVER = [
  1.4234371107496835, 4.630337846156546, 5.769497221460691, 3.6478483247632045, 1.2704582524523684,
  0.2417807251774506, 0.022723844989269184, 0.0007745450142783414,
]
const MIDDLE_UNDER = [
  1, 2.053191626637759, 1.6763848301838038, 0.6897673349851, 0.14810397642748008, 0.015198666563616457,
  0.0005475938084995345, 1.0507500716444169e-9,
]
const FAR_OVER = [
  6.657904643501103, 5.463784911164114, 1.7848265399172913, 0.29656057182850487, 0.026532189526576124,
  0.0012426609473880784, 0.000027115555687434876, 2.0103343992922881e-7,
]
const FAR_UNDER = [
  1, 0.599832206555888, 0.1369298809227358, 0.014875361290850615, 0.0007868691311456133,
  0.000018463183175100548, 1.421511758316446e-7, 2.0442631033899397e-15,
]

/** Standard normal: the probability below x. */
export function normalCdf(x: number): number {
  const { lower, upper } = gammaCdf(0.5, (x * x) / 2)
  return x < 0 ? upper / 2 : 0.5 + lower / 2
}

/** What Stirling's formula lacks: log Gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), for x from 15 on. */
function stirlingRest(x: number): number {
  const square = x * x
  return (
    (1 / 12 -
      (1 / 360 - (1 / 1260 - (1 / 1680 - (1 / 1188 - 691 / 360360 / square) / square) / square) / square) /
        square) /
    x
  )
}

/** The logarithm of the gamma function, for x above 0. */
function logGamma(x: number): number {
  let shift = 1
  let shifted = x
  while (shifted < 15) shift *= shifted++
  const size = (shifted - 0.5) * log(shifted) - shifted + HALF_LOG_2PI + stirlingRest(shifted)
  return shift === 1 ? size : size - log(shift)
}

/**
 * log(x^a e^-x / Gamma(a + 1)). For large `a` the terms all but cancel, so it is made from their difference.
 *
 * Source: C. Loader, "Fast and Accurate Computation of Binomial Probabilities" (2000).
 */
function logGammaTerm(a: number, x: number): number {
  if (a < 15) return a * log(x) - x - logGamma(a + 1)
  const distance = (x - a) / a
  return a * (log1p(distance) - distance) - HALF_LOG_2PI - log(a) / 2 - stirlingRest(a)
}

/** The gamma distribution of shape `a` and scale 1 at x: by its series below the mean, by a continued fraction above. */
function gammaCdf(a: number, x: number): Probability {
  if (x <= 0) return { lower: 0, upper: 1 }
  const term = exp(logGammaTerm(a, x))
  if (x < a + 1) {
    let part = 1
    let sum = 1
    for (let n = 1; part > sum * 1e-17; n++) {
      part *= x / (a + n)
      sum += part
    }
    return fromLower(term * sum)
  }
  return fromUpper((term * a) / gammaFraction(a, x))
}

/** The continued fraction of the upper incomplete gamma function, by Lentz's method; DLMF 8.9.2. */
function gammaFraction(a: number, x: number): number {
  let b = x + 1 - a
  let c = b
  let d = 0
  let value = b
  for (let n = 1; n < STEPS; n++) {
    const over = -n * (n - a)
    b += 2
    d = 1 / (over * d + b || TINY)
    c = b + over / c || TINY
    const change = c * d
    value *= change
    if (Math.abs(change - 1) < CLOSE) break
  }
  return value
}

const fromLower = (lower: number): Probability => ({ lower, upper: 1 - lower })
const fromUpper = (upper: number): Probability => ({ lower: 1 - upper, upper })

/** Stands in for a zero that would be divided by. */
const TINY = 1e-300
const CLOSE = 2e-16
const STEPS = 100_000

/**
 * The beta distribution at x = 1 / (1 + e^-y), so that both x and 1 - x have all their digits.
 */
function betaCdf(a: number, b: number, y: number): Probability {
  const logX = -softPlus(-y)
  const logRest = -softPlus(y)
  const x = exp(logX)
  const term = exp(a * logX + b * logRest + logGamma(a + b) - logGamma(a) - logGamma(b))
  if (x <= (a + 1) / (a + b + 2)) return fromLower(term / (a * betaFraction(a, b, x)))
  return fromUpper(term / (b * betaFraction(b, a, exp(logRest))))
}

/** log(1 + e^y). */
function softPlus(y: number): number {
  return y > 0 ? y + log1p(exp(-y)) : log1p(exp(y))
}

/** The continued fraction of the incomplete beta function, by Lentz's method; DLMF 8.17.22. */
function betaFraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 0
  let value = 1
  for (let step = 1; step < STEPS; step++) {
    const m = step >> 1
    const over =
      step % 2 === 0
        ? (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
        : (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / (1 + over * d || TINY)
    c = 1 + over / c || TINY
    const change = c * d
    value *= change
    if (Math.abs(change - 1) < CLOSE) break
  }
  return value
}

/**
 * log of the quantile of a gamma distribution of shape `a` and scale 1.
 *
 * @param u between 0 and 1; @param rest what is left to one, for callers who know it to more digits
 */
export function logGammaQuantile(a: number, u: number, rest = 1 - u): number {
  const z = u < rest ? normalQuantile(u) : -normalQuantile(rest)
  // Wilson and Hilferty's cube for bell shapes; the first term of the series where the distribution leans on zero.
  const cube = 1 - 1 / (9 * a) + z / (3 * Math.sqrt(a))
  const lean = (log(u) + logGamma(a + 1)) / a
  const guess = a > 1 && cube > 0.2 ? log(a) + 3 * log(cube) : Math.min(lean, log(a + 10))
  return invert(
    (y) => gammaCdf(a, exp(y)),
    (y) => exp(logGammaTerm(a, exp(y)) + log(a)),
    u,
    rest,
    guess,
  )
}

/** log(x / (1 - x)) of the quantile x of a beta distribution. @param u between 0 and 1 */
export function logitBetaQuantile(a: number, b: number, u: number): number {
  const norm = logGamma(a + b) - logGamma(a) - logGamma(b)
  const z = normalQuantile(u)
  const guess = log(a / b) + z * Math.sqrt(1 / a + 1 / b)
  const lean = (log(u) + log(a) - norm) / a
  const leanRight = -(log1p(-u) + log(b) - norm) / b
  const start = a < 1 && lean < -1 ? lean : b < 1 && leanRight > 1 ? leanRight : guess
  return invert(
    (y) => betaCdf(a, b, y),
    (y) => exp(norm - a * softPlus(-y) - b * softPlus(y)),
    u,
    1 - u,
    start,
  )
}

/**
 * Where a distribution has the probability `u` below it, by Newton's method on the logarithm of the smaller tail, which is
 * nearly straight, within a bracket that shrinks at every step.
 *
 * @param density of the same variable as `cdf`
 */
function invert(
  cdf: (y: number) => Probability,
  density: (y: number) => number,
  u: number,
  rest: number,
  guess: number,
): number {
  const left = u <= rest
  const aim = log(left ? u : rest)
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  let y = guess
  for (let step = 0; step < 200; step++) {
    const { lower, upper } = cdf(y)
    const tail = left ? lower : upper
    const off = log(tail) - aim
    if (off === 0) return y
    if (left === off > 0) high = y
    else low = y
    const slope = (left ? 1 : -1) * (density(y) / tail)
    const next = y - off / slope
    // The step after this one would be the square of it.
    if (Math.abs(next - y) < 1e-8 * Math.max(1, Math.abs(y))) return next
    y = next > low && next < high ? next : between(low, high, y)
  }
  return y
}

function between(low: number, high: number, y: number): number {
  if (low === Number.NEGATIVE_INFINITY) return y - 1 - Math.abs(y)
  if (high === Number.POSITIVE_INFINITY) return y + 1 + Math.abs(y)
  return low + (high - low) / 2
}
