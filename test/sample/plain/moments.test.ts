import { describe, expect, test } from 'vitest'
import { readMoment } from '../../../src/base/values/moments.ts'
import { datetimeSampler, timedeltaSampler } from '../../../src/sample/plain/moments.ts'
import { compilePattern } from '../../../src/sample/plain/strftime.ts'
import { drawRows } from '../drawing.ts'

const all =
  '%Y|%y|%m|%d|%e|%H|%I|%M|%S|%f|%p|%a|%A|%b|%B|%h|%j|%U|%W|%w|%u|%V|%G|%F|%T|%D|%R|%c|%x|%X|%-d|%-m|%-H|%-I|%-j|%%|%z|%Z'

// Answers of Python's datetime.strftime in the C locale.
test.each([
  [
    '2024-01-01T00:00:00',
    '2024|24|01|01| 1|00|12|00|00|000000|AM|Mon|Monday|Jan|January|Jan|001|00|01|1|1|01|2024|2024-01-01|00:00:00|01/01/24|00:00|Mon Jan  1 00:00:00 2024|01/01/24|00:00:00|1|1|0|12|1|%||',
  ],
  [
    '2023-12-31T13:05:09',
    '2023|23|12|31|31|13|01|05|09|000000|PM|Sun|Sunday|Dec|December|Dec|365|53|52|0|7|52|2023|2023-12-31|13:05:09|12/31/23|13:05|Sun Dec 31 13:05:09 2023|12/31/23|13:05:09|31|12|13|1|365|%||',
  ],
  [
    '2020-02-29T23:59:59',
    '2020|20|02|29|29|23|11|59|59|000000|PM|Sat|Saturday|Feb|February|Feb|060|08|08|6|6|09|2020|2020-02-29|23:59:59|02/29/20|23:59|Sat Feb 29 23:59:59 2020|02/29/20|23:59:59|29|2|23|11|60|%||',
  ],
  [
    '1999-07-04T12:00:00',
    '1999|99|07|04| 4|12|12|00|00|000000|PM|Sun|Sunday|Jul|July|Jul|185|27|26|0|7|26|1999|1999-07-04|12:00:00|07/04/99|12:00|Sun Jul  4 12:00:00 1999|07/04/99|12:00:00|4|7|12|12|185|%||',
  ],
])('%s prints as Python prints it', (moment, printed) => {
  expect(compilePattern('c', all)(Date.parse(`${moment}Z`))).toBe(printed)
})

test.each([
  ['%Q', '%Q is no directive of strftime'],
  ['100%', '% is no directive of strftime'],
  ['int', 'it has no directive of strftime, such as %Y'],
])('the pattern %s is refused', (pattern, message) => {
  expect(() => compilePattern('when', pattern)).toThrow(
    `Column "when": convert_to is "${pattern}"; ${message}.`,
  )
})

test.each([
  ['2024', '2024-01-01T00:00:00'],
  ['2024-03', '2024-03-01T00:00:00'],
  ['2024-03-05', '2024-03-05T00:00:00'],
  ['2024-03-05 06:07', '2024-03-05T06:07:00'],
  ['2024-03-05T06:07:08.5', '2024-03-05T06:07:08'],
  ['2024-03-05T06:07:08+02:00', '2024-03-05T04:07:08'],
  ['March 5, 2024', '2024-03-05T00:00:00'],
  ['3/5/2024', '2024-03-05T00:00:00'],
])('%s is read as UTC wherever the machine stands', (text, iso) => {
  const zone = process.env.TZ
  try {
    for (const name of ['America/New_York', 'Asia/Tokyo', 'UTC']) {
      process.env.TZ = name
      expect(new Date(readMoment(text)!).toISOString().slice(0, 19)).toBe(iso)
    }
  } finally {
    if (zone === undefined) delete process.env.TZ
    else process.env.TZ = zone
  }
})

describe('datetime', () => {
  const range = { start: '2020-06-15 10:20:30', end: '2022-03-01' }
  test.each([
    ['Y', /^202[012]-01-01T00:00:00$/],
    ['M', /^202[012]-\d\d-01T00:00:00$/],
    ['D', /^202[012]-\d\d-\d\dT00:00:00$/],
    ['h', /^202[012]-\d\d-\d\dT\d\d:00:00$/],
    ['m', /^202[012]-\d\d-\d\dT\d\d:\d\d:00$/],
    ['s', /^202[012]-\d\d-\d\dT\d\d:\d\d:\d\d$/],
  ] as const)('unit %s cuts what is smaller', (unit, shape) => {
    const drawn = drawRows(datetimeSampler('c', { ...range, unit }, null), 300)
    expect(drawn.every((value) => shape.test(String(value)))).toBe(true)
    expect(drawn.every((value) => String(value) < '2022-03-01')).toBe(true)
  })
  test('convert_to says how it is written', () => {
    const sampler = datetimeSampler('c', { start: '2024-02-29', end: '2024-03-01', unit: 'D' }, '%d.%m.%Y')
    expect(drawRows(sampler, 1)).toEqual(['29.02.2024'])
  })
  test('a range without a second in it is refused', () => {
    const build = () => datetimeSampler('c', { start: '2024-01-02', end: '2024-01-02', unit: 'D' }, null)
    expect(build).toThrow('Column "c": end must be at least a second after start.')
  })
})

test('timedelta is from dt_min on and fewer than dt_max units after its reference', () => {
  const params = { dt_min: 2, dt_max: 4, reference_column_name: 'r', unit: 'h' } as const
  const sampler = timedeltaSampler('c', params, '%H:%M')
  const moved = {
    ...sampler,
    draw: (random: never) => sampler.draw(random, { drawn: { r: '2024-12-31T23:30:00' }, today: '' }),
  }
  expect(new Set(drawRows(moved, 100))).toEqual(new Set(['01:30', '02:30']))
})

test('a moment after the year 9999 has no value', () => {
  const params = { dt_min: 1, dt_max: 2, reference_column_name: 'r', unit: 'D' } as const
  const sampler = timedeltaSampler('late', params, null)
  const moved = {
    ...sampler,
    draw: (random: never) => sampler.draw(random, { drawn: { r: '9999-12-31T00:00:00' }, today: '' }),
  }
  expect(() => drawRows(moved, 1)).toThrow('A value of column "late" lies after the year 9999')
})
