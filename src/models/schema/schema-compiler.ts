/** The compiler of JSON Schemas, as everybody here uses it: patterns in linear time, multiples in decimal arithmetic. */
import type { Ajv2020 } from 'ajv/dist/2020.js'
import { linearPattern } from '../../base/libraries/linear-pattern.ts'
import * as whenNeeded from '../../base/libraries/when-needed.ts'

/** Formats are annotations, as JSON Schema 2020-12 has them by default. */
export function schemaCompiler(): Ajv2020 {
  const ajv = new (whenNeeded.ajv().Ajv2020)({
    strict: false,
    validateFormats: false,
    logger: false,
    // `constructor` is missing where the answer does not have it itself.
    ownProperties: true,
    code: { regExp },
  })
  ajv.removeKeyword('multipleOf')
  ajv.addKeyword({
    keyword: 'multipleOf',
    type: 'number',
    schemaType: 'number',
    validate: (step: number, value: number) => isMultiple(value, step),
    error: { message: ({ schemaCode }) => `must be multiple of ${schemaCode}` },
    metaSchema: { type: 'number', exclusiveMinimum: 0 },
  })
  return ajv
}

/** Patterns come from the author of the schema: none of them may hold a run up. */
const regExp = Object.assign(
  (source: string) => {
    const pattern = linearPattern(source)
    // The compiler takes patterns with one text for one pattern.
    return { test: (text: string) => pattern.test(text), toString: () => source }
  },
  { code: 'linearPattern' },
)

/** 19.99 is a multiple of 0.01, as written: floats would say 1998.9999999999998. */
function isMultiple(value: number, step: number): boolean {
  const [a, b] = [decimal(value), decimal(step)]
  const scale = Math.max(a.scale, b.scale)
  return (a.digits * 10n ** BigInt(scale - a.scale)) % (b.digits * 10n ** BigInt(scale - b.scale)) === 0n
}

/** A finite number as digits and how many of them stand behind the point. */
function decimal(value: number): { readonly digits: bigint; readonly scale: number } {
  const [mantissa = '', exponent = '0'] = value.toExponential().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const scale = fraction.length - Number(exponent)
  const digits = BigInt(`${whole}${fraction}`)
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 }
}
