/**
 * Continuous distributions by the names and shapes of `scipy.stats`, each as its quantile function: one uniform number makes
 * one value, so a cell draws exactly once, and a larger number never makes a smaller value.
 *
 * Formulas are those of the distributions' definitions, inverted. A value from `quantile(u)` has location 0 and scale 1.
 */
import { cosPi, exp, expm1, log, log1p, pow, sinh, sinPi } from './elementary.ts'
import { logGammaQuantile, logitBetaQuantile, normalCdf, normalQuantile } from './special.ts'

/** @param u between 0 and 1, neither included */
type Quantile = (u: number) => number

export interface Continuous {
  /** Names of the shape parameters, in SciPy's order. */
  readonly shapes: readonly string[]
  /** Whether the shapes are ones the distribution has, and the words for which those are. */
  readonly allowed?: { readonly holds: (...shapes: number[]) => boolean; readonly what: string }
  readonly quantile: (...shapes: number[]) => Quantile
}

const positive = {
  holds: (...shapes: number[]) => shapes.every((shape) => shape > 0),
  what: 'must be above 0',
}
const ordered = { holds: (a = 0, b = 0) => a < b, what: 'a must be below b' }

/** Without shapes. */
const plain = (quantile: Quantile): Continuous => ({ shapes: [], quantile: () => quantile })
/** With shapes above zero. */
const shaped = (shapes: string, quantile: (...shapes: number[]) => Quantile): Continuous => ({
  shapes: shapes.split(' '),
  allowed: positive,
  quantile,
})

// Not `**`, whose last bit differs between versions of V8.
const square = (x: number): number => x * x
/** An exponential quantile: -log(1 - u), without losing the digits of a small u. */
const exponential: Quantile = (u) => -log1p(-u)
/** log(u / (1 - u)). */
const logit: Quantile = (u) => log(u) - log1p(-u)
/** tan(pi (u - 1/2)). */
const cauchy: Quantile = (u) => -cosPi(u) / sinPi(u)
const gamma =
  (a: number): Quantile =>
  (u) =>
    exp(logGammaQuantile(a, u))
const beta =
  (a: number, b: number): Quantile =>
  (u) =>
    1 / (1 + exp(-logitBetaQuantile(a, b, u)))
/** A distribution with two equal sides. @param half where one side has this probability left beyond it */
const twoSided =
  (half: Quantile): Quantile =>
  (u) =>
    u < 0.5 ? -half(2 * u) : half(2 * (1 - u))
const laplace = twoSided((rest) => -log(rest))

function studentT(df: number): Quantile {
  const size = (tail: number): number => Math.sqrt(df * exp(-logitBetaQuantile(df / 2, 0.5, 2 * tail)))
  return (u) => (u === 0.5 ? 0 : u < 0.5 ? -size(u) : size(1 - u))
}

function truncatedNormal(a: number, b: number): Quantile {
  // On the left of zero, where probabilities keep their digits.
  if (a > 0) {
    const mirrored = truncatedNormal(-b, -a)
    return (u) => -mirrored(1 - u)
  }
  const below = normalCdf(a)
  const share = normalCdf(b) - below
  return (u) => Math.min(b, Math.max(a, normalQuantile(below + u * share)))
}

function triangle(c: number): Quantile {
  return (u) => (u < c ? Math.sqrt(c * u) : 1 - Math.sqrt((1 - c) * (1 - u)))
}

function trapezoid(c: number, d: number): Quantile {
  const height = 2 / (d - c + 1)
  const rise = (height * c) / 2
  const level = height * (d - c)
  return (u) => {
    if (u < rise) return Math.sqrt((2 * u * c) / height)
    if (u <= rise + level) return c + (u - rise) / height
    return 1 - Math.sqrt((2 * (1 - u) * (1 - d)) / height)
  }
}

/** ((1 - u)^-c - 1) / c, an exponential for c = 0. */
function generalPareto(c: number): Quantile {
  return (u) => (c === 0 ? exponential(u) : expm1(c * exponential(u)) / c)
}

function generalExtreme(c: number): Quantile {
  return (u) => {
    const gumbel = -log(-log(u))
    return c === 0 ? gumbel : -expm1(-c * gumbel) / c
  }
}

function weibullMin(c: number): Quantile {
  return (u) => pow(exponential(u), 1 / c)
}

export const continuous: Readonly<Record<string, Continuous>> = {
  arcsine: plain((u) => square(sinPi(u / 2))),
  beta: shaped('a b', beta),
  betaprime: shaped('a b', (a, b) => (u) => exp(logitBetaQuantile(a, b, u))),
  bradford: shaped('c', (c) => (u) => expm1(u * log1p(c)) / c),
  burr: shaped('c d', (c, d) => (u) => pow(expm1(-log(u) / d), -1 / c)),
  burr12: shaped('c d', (c, d) => (u) => pow(expm1(exponential(u) / d), 1 / c)),
  cauchy: plain(cauchy),
  chi: shaped('df', (df) => (u) => exp((log(2) + logGammaQuantile(df / 2, u)) / 2)),
  chi2: shaped('df', (df) => (u) => 2 * gamma(df / 2)(u)),
  dgamma: shaped('a', (a) => twoSided((rest) => exp(logGammaQuantile(a, 1 - rest, rest)))),
  dweibull: shaped('c', (c) => twoSided((rest) => pow(-log(rest), 1 / c))),
  erlang: shaped('a', gamma),
  expon: plain(exponential),
  exponweib: shaped('a c', (a, c) => (u) => pow(-log(-expm1(log(u) / a)), 1 / c)),
  f: shaped('dfn dfd', (dfn, dfd) => (u) => (dfd / dfn) * exp(logitBetaQuantile(dfn / 2, dfd / 2, u))),
  fisk: shaped('c', (c) => (u) => exp(logit(u) / c)),
  gamma: shaped('a', gamma),
  genextreme: { shapes: ['c'], quantile: (c = 0) => generalExtreme(c) },
  genlogistic: shaped('c', (c) => (u) => -log(expm1(-log(u) / c))),
  genpareto: { shapes: ['c'], quantile: (c = 0) => generalPareto(c) },
  gompertz: shaped('c', (c) => (u) => log1p(exponential(u) / c)),
  gumbel_l: plain((u) => log(exponential(u))),
  gumbel_r: plain((u) => -log(-log(u))),
  halfcauchy: plain((u) => sinPi(u / 2) / cosPi(u / 2)),
  halflogistic: plain((u) => log1p(u) - log1p(-u)),
  halfnorm: plain((u) => -normalQuantile((1 - u) / 2)),
  hypsecant: plain((u) => log(sinPi(u / 2) / cosPi(u / 2))),
  invgamma: shaped('a', (a) => (u) => exp(-logGammaQuantile(a, 1 - u, u))),
  invweibull: shaped('c', (c) => (u) => pow(-log(u), -1 / c)),
  johnsonsb: {
    shapes: ['a', 'b'],
    allowed: { holds: (_, b = 0) => b > 0, what: 'b must be above 0' },
    quantile:
      (a = 0, b = 1) =>
      (u) =>
        1 / (1 + exp((a - normalQuantile(u)) / b)),
  },
  johnsonsu: {
    shapes: ['a', 'b'],
    allowed: { holds: (_, b = 0) => b > 0, what: 'b must be above 0' },
    quantile:
      (a = 0, b = 1) =>
      (u) =>
        sinh((normalQuantile(u) - a) / b),
  },
  laplace: plain(laplace),
  levy: plain((u) => 1 / square(normalQuantile(u / 2))),
  loggamma: shaped('c', (c) => (u) => logGammaQuantile(c, u)),
  logistic: plain(logit),
  loglaplace: shaped('c', (c) => (u) => exp(laplace(u) / c)),
  lognorm: shaped('s', (s) => (u) => exp(s * normalQuantile(u))),
  loguniform: logUniform(),
  lomax: shaped('c', (c) => (u) => expm1(exponential(u) / c)),
  maxwell: plain((u) => exp((log(2) + logGammaQuantile(1.5, u)) / 2)),
  nakagami: shaped('nu', (nu) => (u) => exp((logGammaQuantile(nu, u) - log(nu)) / 2)),
  norm: plain(normalQuantile),
  pareto: shaped('b', (b) => (u) => exp(exponential(u) / b)),
  powerlaw: shaped('a', (a) => (u) => exp(log(u) / a)),
  rayleigh: plain((u) => Math.sqrt(2 * exponential(u))),
  reciprocal: logUniform(),
  semicircular: plain((u) => 2 * beta(1.5, 1.5)(u) - 1),
  t: shaped('df', studentT),
  trapezoid: {
    shapes: ['c', 'd'],
    allowed: { holds: (c = 0, d = 0) => c >= 0 && c <= d && d <= 1, what: 'must be 0 <= c <= d <= 1' },
    quantile: (c = 0, d = 1) => trapezoid(c, d),
  },
  triang: {
    shapes: ['c'],
    allowed: { holds: (c = 0) => c >= 0 && c <= 1, what: 'must be from 0 to 1' },
    quantile: (c = 0) => triangle(c),
  },
  truncexpon: shaped('b', (b) => (u) => -log1p(u * expm1(-b))),
  truncnorm: { shapes: ['a', 'b'], allowed: ordered, quantile: (a = 0, b = 1) => truncatedNormal(a, b) },
  uniform: plain((u) => u),
  weibull_max: shaped('c', (c) => (u) => -pow(-log(u), 1 / c)),
  weibull_min: shaped('c', (c) => weibullMin(c)),
}

function logUniform(): Continuous {
  return {
    shapes: ['a', 'b'],
    allowed: { holds: (a = 0, b = 0) => a > 0 && a < b, what: 'must be 0 < a < b' },
    quantile:
      (a = 1, b = 2) =>
      (u) =>
        a * exp(u * log(b / a)),
  }
}
