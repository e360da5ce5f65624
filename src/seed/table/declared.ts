/** Types that a user declares for columns of a seed, and the values that texts have as such. */
import { present } from '../../base/errors/present.ts'
import type { ColumnType } from '../../base/values/column-type.ts'
import { daysOfDate, microsOfTimestamp, timestampText } from '../../base/values/moments.ts'
import type { Value } from '../../base/values/value.ts'
import type { TextType } from '../../config/schema/seeds.ts'

export function declaredType(type: TextType): ColumnType {
  return { kind: type === 'text' ? 'string' : type }
}

const INT64 = 2n ** 63n
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/
const words = new Map<string, boolean>()
for (const word of ['true', 't', 'yes', 'y', '1', 'on']) words.set(word, true)
for (const word of ['false', 'f', 'no', 'n', '0', 'off']) words.set(word, false)

/** The value of a text that was declared to be of the type; undefined when it is none. Spaces around it do not count. */
export function fromText(given: string, type: TextType): Value | undefined {
  const text = given.trim()
  switch (type) {
    case 'text':
      return given
    case 'int': {
      const value = /^[-+]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined
      return value !== undefined && value >= -INT64 && value < INT64 ? value : undefined
    }
    case 'float': {
      if (NUMBER.test(text)) return Number.isFinite(Number(text)) ? Number(text) : undefined
      const word = /^([-+]?)(nan|inf|infinity)$/i.exec(text)
      if (word === null) return undefined
      if (present(word[2], 'word').toLowerCase() === 'nan') return Number.NaN
      return word[1] === '-' ? -Infinity : Infinity
    }
    case 'bool':
      return words.get(text.toLowerCase())
    case 'date':
      return daysOfDate(text) === undefined ? undefined : text
    case 'timestamp': {
      const moment = daysOfDate(text) === undefined ? text : `${text} 00:00:00`
      const micros = microsOfTimestamp(moment, false)
      return micros === undefined ? undefined : timestampText(micros, false)
    }
  }
}
