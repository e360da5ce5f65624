/** What a working day came to, as a table in Markdown. */

export interface Step {
  readonly name: string
  readonly requests: number
  /** Handed over whole. */
  readonly answers: number
  readonly cost: number
  readonly seconds: number
}

/** The day of one tool. */
export interface DayOf {
  readonly name: string
  readonly steps: readonly Step[]
  readonly failed: number
  readonly recovered: number
  readonly delivered: number
  readonly datasets: number
  /** Outside of the tool. */
  readonly manualSteps: number
  /** Answers without which the day cannot be done. */
  necessary?: number
}

/**
 * Every cell of every step once. The second preview requests nothing for its first column, and its rows are the first of the dataset. A row that is
 * refused at its second column has its later cells after the repair.
 */
export function necessaryOf({ rows, sample, more }: { rows: number; sample: number; more: number }): number {
  const cells = 5
  const previews = cells * sample + (cells - 1) * sample
  const dataset = cells * (rows - sample)
  return previews + dataset + rows + cells * (more - rows)
}

export function dayTable(days: readonly DayOf[]): string {
  const sum = (day: DayOf, of: (step: Step) => number) =>
    day.steps.reduce((total, step) => total + of(step), 0)
  const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
  const cells = (steps: readonly Step[]): string[] =>
    steps.flatMap(({ answers, cost, seconds }) => [String(answers), cost.toFixed(3), seconds.toFixed(1)])
  const dearest = sum(days.at(-1)!, ({ cost }) => cost)
  const each = (name: string, of: (day: DayOf) => string): string =>
    row([name, ...days.flatMap((day) => [of(day), '', ''])])
  return [
    row(['step', ...days.flatMap(({ name }) => [`${name}: answers`, '$', 's'])]),
    row(['---', ...days.flatMap(() => ['--:', '--:', '--:'])]),
    ...days[0]!.steps.map(({ name }, at) => row([name, ...cells(days.map(({ steps }) => steps[at]!))])),
    row([
      '**sum**',
      ...days.flatMap((day) => [
        String(sum(day, ({ answers }) => answers)),
        sum(day, ({ cost }) => cost).toFixed(2),
        sum(day, ({ seconds }) => seconds).toFixed(0),
      ]),
    ]),
    each('above the necessary answers', (day) => {
      const more = sum(day, ({ answers }) => answers) / day.necessary! - 1
      return `${(100 * more).toFixed(1)}% of ${day.necessary}`
    }),
    each(
      'price, share of the last',
      (day) => `${((100 * sum(day, ({ cost }) => cost)) / dearest).toFixed(0)}%`,
    ),
    each('failed rows recovered', ({ failed, recovered }) => `${recovered} of ${failed}`),
    each('rows delivered', ({ delivered, datasets }) => `${delivered} in ${datasets}`),
    each('manual steps', ({ manualSteps }) => String(manualSteps)),
  ].join('\n')
}
