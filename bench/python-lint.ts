import { Checker } from '../src/validate/checking/checker.ts'
import { measured } from './measured.ts'

/** Thirty lines of Python with a few things to say about them. */
const pythonOf = (cell: number): string =>
  Array.from({ length: 5 }, (_, at) =>
    [
      `def step_${cell}_${at}(values, limit=${at}):`,
      '    total = 0',
      '    for value in values:',
      '        if value == None:',
      '            continue',
      `        total += value if value < limit else missing_${at}`,
      '    return total\n\n',
    ].join('\n'),
  ).join('\n')

/** Texts checked as a run checks them: row group after row group. They are there before: making them is not what is measured. */
export async function linting(cells: number) {
  const texts = Array.from({ length: cells }, (_, cell) => pythonOf(cell))
  const checker = new Checker()
  const group = async (first: number, size: number): Promise<void> => {
    await Promise.all(texts.slice(first, first + size).map((text) => checker.check('python', text)))
  }
  await group(0, 500)
  const result = await measured(cells, async () => {
    for (let first = 0; first < cells; first += 1000) await group(first, 1000)
  })
  await checker.close()
  return result
}
