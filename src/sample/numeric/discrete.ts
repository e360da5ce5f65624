/**
 * Discrete distributions by the names and shapes of `scipy.stats`, each as its quantile function.
 *
 * Most are a table of cumulative probabilities, made once for the parameters and searched once per value. A table is built
 * from the ratios of neighbouring probabilities, outwards from the likeliest value, until what is left cannot be drawn.
 * Bell shapes far too wide for a table (standard deviation above 20,000) are the normal distribution with the first
 * correction of Cornish and Fisher, which differs from them by less than any dataset can show.
 */
import { exp, log1p, pow } from './elementary.ts'
import { normalQuantile } from './special.ts'

/** @param u between 0 and 1, neither included; @returns an integer */
type Quantile = (u: number) => number

export interface Discrete {
  /** Names of the shape parameters, in SciPy's order. */
  readonly shapes: readonly string[]
  /** Whether the shapes are ones the distribution has, and the words for which those are. */
  readonly allowed: { readonly holds: (...shapes: number[]) => boolean; readonly what: string }
  /** Undefined when the distribution is too wide to be tabulated and not a bell. */
  readonly quantile: (...shapes: number[]) => Quantile | undefined
}

const TABLE_LIMIT = 4_000_000
const WIDE = 20_000

interface Ladder {
  /** The likeliest value. */
  readonly mode: number
  readonly lowest: number
  readonly highest: number
  /** The probability of k + 1, as a multiple of that of k. */
  readonly ratio: (k: number) => number
}

/** The quantile function of a distribution that is known by the ratios of its probabilities. */
function tabulated({ mode, lowest, highest, ratio }: Ladder): Quantile | undefined {
  const negligible = 1e-25
  const below: number[] = []
  const above: number[] = [1]
  for (let k = mode, weight = 1; k > lowest; k--) {
    weight /= ratio(k - 1)
    if (weight < negligible) break
    if (below.push(weight) > TABLE_LIMIT) return undefined
  }
  for (let k = mode, weight = 1; k < highest; k++) {
    weight *= ratio(k)
    if (weight < negligible) break
    if (above.push(weight) > TABLE_LIMIT) return undefined
  }
  const bounds = new Float64Array(below.length + above.length)
  let sum = 0
  for (let index = 0; index < bounds.length; index++) {
    const weight = (index < below.length ? below[below.length - 1 - index] : above[index - below.length]) ?? 0
    sum += weight
    bounds[index] = sum
  }
  const first = mode - below.length
  return (u) => first + firstFrom(bounds, u * sum)
}

/** Index of the first bound that is not below the point. */
function firstFrom(bounds: Float64Array, point: number): number {
  let low = 0
  let high = bounds.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] ?? 0) >= point) high = middle
    else low = middle + 1
  }
  return low
}

interface Bell {
  readonly mean: number
  readonly variance: number
  readonly skewness: number
}

/** A table, or the normal distribution with its first correction where the bell is too wide for one. */
function bell({ mean, variance, skewness }: Bell, ladder: Ladder): Quantile | undefined {
  const deviation = Math.sqrt(variance)
  if (!(deviation > WIDE)) return tabulated(ladder)
  if (Math.abs(skewness) > 1e-3) return undefined
  return (u) => {
    const z = normalQuantile(u)
    const value = mean + deviation * (z + (skewness * (z * z - 1)) / 6)
    return Math.min(ladder.highest, Math.max(ladder.lowest, Math.floor(value + 0.5)))
  }
}

/** @param mean 0 or more */
export function poissonQuantile(mean: number): Quantile | undefined {
  return bell(
    { mean, variance: mean, skewness: 1 / Math.sqrt(mean) },
    { mode: Math.floor(mean), lowest: 0, highest: Number.MAX_SAFE_INTEGER, ratio: (k) => mean / (k + 1) },
  )
}

/** @param n 0 or more; @param p from 0 to 1 */
export function binomialQuantile(n: number, p: number): Quantile | undefined {
  if (p === 0) return () => 0
  if (p === 1) return () => n
  const variance = n * p * (1 - p)
  return bell(
    { mean: n * p, variance, skewness: (1 - 2 * p) / Math.sqrt(variance) },
    {
      mode: Math.min(n, Math.floor((n + 1) * p)),
      lowest: 0,
      highest: n,
      ratio: (k) => ((n - k) / (k + 1)) * (p / (1 - p)),
    },
  )
}

function negativeBinomial(n: number, p: number): Quantile | undefined {
  if (p === 1) return () => 0
  const q = 1 - p
  return bell(
    { mean: (n * q) / p, variance: (n * q) / (p * p), skewness: (1 + q) / Math.sqrt(n * q) },
    {
      mode: n > 1 ? Math.floor(((n - 1) * q) / p) : 0,
      lowest: 0,
      highest: Number.MAX_SAFE_INTEGER,
      ratio: (k) => ((k + n) / (k + 1)) * q,
    },
  )
}

/** @param total objects, of which `good` are of the kind that is counted; `drawn` are drawn */
function hypergeometric(total: number, good: number, drawn: number): Quantile | undefined {
  return tabulated({
    mode: Math.floor(((drawn + 1) * (good + 1)) / (total + 2)),
    lowest: Math.max(0, drawn - (total - good)),
    highest: Math.min(good, drawn),
    ratio: (k) => ((good - k) * (drawn - k)) / ((k + 1) * (total - good - drawn + k + 1)),
  })
}

function betaBinomial(n: number, a: number, b: number): Quantile | undefined {
  const ratio = (k: number): number => ((n - k) * (k + a)) / ((k + 1) * (n - k - 1 + b))
  const centre = Math.floor(((n + 1) * (a - 1)) / (a + b - 2))
  // Without a peak inside, the ends are the likeliest; the table starts from the likelier one and reaches the other.
  const mode = a > 1 && b > 1 ? Math.min(n, Math.max(0, centre)) : a < b ? 0 : n
  return tabulated({ mode, lowest: 0, highest: n, ratio })
}

/** The first k, from 0 on, with 1 - e^(-rate (k + 1)) at least u. */
function geometric(rate: number): Quantile {
  return (u) => Math.max(0, Math.ceil(-log1p(-u) / rate - 1))
}

const whole = Number.isInteger
const probability = { holds: (p = 0) => p > 0 && p <= 1, what: 'p must be above 0 and at most 1' }
const positive = { holds: (rate = 0) => rate > 0, what: 'must be above 0' }

export const discrete: Readonly<Record<string, Discrete>> = {
  bernoulli: {
    shapes: ['p'],
    allowed: { holds: (p = 0) => p >= 0 && p <= 1, what: 'p must be from 0 to 1' },
    quantile:
      (p = 0) =>
      (u) =>
        u > 1 - p ? 1 : 0,
  },
  betabinom: {
    shapes: ['n', 'a', 'b'],
    allowed: {
      holds: (n = 0, a = 0, b = 0) => whole(n) && n >= 0 && a > 0 && b > 0,
      what: 'n must be a whole number from 0, a and b above 0',
    },
    quantile: (n = 0, a = 1, b = 1) => betaBinomial(n, a, b),
  },
  binom: {
    shapes: ['n', 'p'],
    allowed: {
      holds: (n = 0, p = 0) => whole(n) && n >= 0 && p >= 0 && p <= 1,
      what: 'n must be a whole number from 0, p from 0 to 1',
    },
    quantile: (n = 0, p = 0) => binomialQuantile(n, p),
  },
  boltzmann: {
    shapes: ['lambda_', 'N'],
    allowed: {
      holds: (rate = 0, n = 0) => rate > 0 && n > 0 && whole(n),
      what: 'lambda_ must be above 0, N a whole number above 0',
    },
    quantile: (rate = 1, n = 1) => tabulated({ mode: 0, lowest: 0, highest: n - 1, ratio: () => exp(-rate) }),
  },
  dlaplace: {
    shapes: ['a'],
    allowed: positive,
    quantile: (a = 1) =>
      tabulated({
        mode: 0,
        lowest: -Number.MAX_SAFE_INTEGER,
        highest: Number.MAX_SAFE_INTEGER,
        ratio: (k) => exp(k < 0 ? a : -a),
      }),
  },
  geom: {
    shapes: ['p'],
    allowed: probability,
    quantile: (p = 1) => {
      const beyond = p === 1 ? () => 0 : geometric(-log1p(-p))
      return (u) => 1 + beyond(u)
    },
  },
  hypergeom: {
    shapes: ['M', 'n', 'N'],
    allowed: {
      holds: (total = 0, good = 0, drawn = 0) =>
        [total, good, drawn].every(whole) && good >= 0 && drawn >= 0 && good <= total && drawn <= total,
      what: 'must be whole numbers from 0, n and N at most M',
    },
    quantile: (total = 0, good = 0, drawn = 0) => hypergeometric(total, good, drawn),
  },
  logser: {
    shapes: ['p'],
    allowed: { holds: (p = 0) => p > 0 && p < 1, what: 'p must be between 0 and 1' },
    quantile: (p = 0) =>
      tabulated({
        mode: 1,
        lowest: 1,
        highest: Number.MAX_SAFE_INTEGER,
        ratio: (k) => (p * k) / (k + 1),
      }),
  },
  nbinom: {
    shapes: ['n', 'p'],
    allowed: {
      holds: (n = 0, p = 0) => n > 0 && p > 0 && p <= 1,
      what: 'n must be above 0, p above 0 and at most 1',
    },
    quantile: (n = 1, p = 1) => negativeBinomial(n, p),
  },
  planck: { shapes: ['lambda_'], allowed: positive, quantile: (rate = 1) => geometric(rate) },
  poisson: {
    shapes: ['mu'],
    allowed: { holds: (mean = 0) => mean >= 0, what: 'mu must not be negative' },
    quantile: (mean = 0) => poissonQuantile(mean),
  },
  randint: {
    shapes: ['low', 'high'],
    allowed: {
      holds: (low = 0, high = 0) => whole(low) && whole(high) && low < high,
      what: 'must be whole numbers, low below high',
    },
    quantile:
      (low = 0, high = 1) =>
      (u) =>
        low + Math.max(0, Math.ceil(u * (high - low)) - 1),
  },
  zipfian: {
    shapes: ['a', 'n'],
    allowed: {
      holds: (a = 0, n = 0) => a >= 0 && n > 0 && whole(n),
      what: 'a must not be negative, n a whole number above 0',
    },
    quantile: (a = 1, n = 1) =>
      n > TABLE_LIMIT
        ? undefined
        : tabulated({ mode: 1, lowest: 1, highest: n, ratio: (k) => pow(k / (k + 1), a) }),
  },
}
