/** Templates: as expression columns of every dtype, and as small prompts. */
import { keyedRandom } from '../src/base/numbers/random.ts'
import { toValue } from '../src/base/values/value.ts'
import { compileColumns } from '../src/columns/compile.ts'
import { defaultRunConfig } from '../src/config/files/run-config.ts'
import { configFromValue } from '../src/entries/config.ts'
import { compileTemplate } from '../src/template/rendering/template.ts'
import { measured } from './measured.ts'

const row = toValue({ stars: 4n, product: 'espresso machine', price: 129.5, colours: ['red', 'blue'] }) as {
  readonly [name: string]: never
}

const columns = [
  ['headline', '{{ stars }} of 5 stars for the {{ product }}', 'str'],
  ['mood', '{% if stars >= 4 %}delighted{% elif stars == 3 %}lukewarm{% else %}cross{% endif %}', 'str'],
  ['cents', '{{ price * 100 }}', 'int'],
  ['gross', '{{ price * 1.19 }}', 'float'],
  ['good', '{{ stars > 3 and price < 200 }}', 'bool'],
  ['list', "{{ colours | join(', ') | upper }}", 'str'],
] as const

/** Expression cells, one row after the other. */
export async function expressions(rows: number) {
  const config = configFromValue(
    toValue({
      columns: [
        ...Object.keys(row).map((name) => ({
          name,
          column_type: 'sampler',
          sampler_type: 'uuid',
          params: {},
        })),
        ...columns.map(([name, expr, dtype]) => ({ name, column_type: 'expression', expr, dtype })),
      ],
    }),
    'bench',
  )
  const computed = compileColumns(config, defaultRunConfig).columns.filter(
    (column) => column.kind === 'computed',
  )
  const make = (count: number): void => {
    for (let at = 0; at < count; at++) {
      for (const column of computed) column.compute(row, keyedRandom(1n, column.name, at))
    }
  }
  make(rows / 10)
  return measured(rows * computed.length, () => make(rows))
}

/** A prompt with three values in it. */
export async function renders(count: number) {
  const template = compileTemplate(
    'Write the review of a customer who bought the {{ product }} for {{ price }} and gave it {{ stars }} of 5 stars.',
  )
  const render = (times: number): void => {
    for (let at = 0; at < times; at++) template.render(row)
  }
  render(count / 10)
  return measured(count, () => render(count))
}
