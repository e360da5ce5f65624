/**
 * How far our results agree with those of the parsers that others use, per dialect: `npm run validators -- --python PYTHON [--show]`.
 *
 * PYTHON has sqlfluff and sqlglot installed, and pglast for PostgreSQL. A dialect's own parser has the word where there is one
 * next to Rowsmith's; else sqlfluff (the checker of Data Designer) and sqlglot where they agree. Texts they differ on are counted apart.
 */
import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { checkIn } from '../src/validate/checking/check.ts'
import { type SqlDialect, slipsOf, sqlDialects, statementsOf } from './validators/corpus.ts'
import { settledResult } from './validators/verdicts.ts'

const { values: given } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    show: { type: 'boolean', default: false },
    only: { type: 'string' },
  },
})

type Results = Readonly<Record<string, boolean | null>>

function judged(dialect: string, codes: readonly string[]): Results[] {
  const input = codes.map((code) => JSON.stringify({ dialect: `sql:${dialect}`, code })).join('\n')
  const script = new URL('validators/judge_sql.py', import.meta.url).pathname
  const { stdout, stderr, status } = spawnSync(given.python, [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
  })
  if (status !== 0) throw new Error(stderr)
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

/** Whether a text is valid, as the others see it; null where they differ. */
function truth(dialect: SqlDialect, text: string, said: Results): boolean | null {
  const { pglast, sqlite3, sqlfluff, sqlglot } = said
  const own = dialect === 'postgres' ? pglast : dialect === 'sqlite' ? sqlite3 : undefined
  if (typeof own === 'boolean') return own
  const agreed = sqlfluff === sqlglot || typeof sqlglot !== 'boolean' ? (sqlfluff ?? null) : null
  return agreed === null ? null : (settledResult(dialect, text) ?? agreed)
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

console.log('| dialect | statements | of them valid here | slips | agreement, where others are of one mind |')
console.log('|---|---|---|---|---|')
for (const dialect of sqlDialects) {
  if (given.only !== undefined && given.only !== dialect) continue
  const check = await checkIn(`sql:${dialect}`)
  const own = async (codes: readonly string[]): Promise<boolean[]> => {
    const said: boolean[] = []
    for (const code of codes) said.push((await check(code)).is_valid === true)
    return said
  }
  const statements = statementsOf(dialect)
  const slips = slipsOf(statements)
  const [good, bad] = [await own(statements), await own(slips)]
  const [goodJudged, badJudged] = [judged(dialect, statements), judged(dialect, slips)]
  const wrong = (said: Results, at: number): boolean => {
    const expected = truth(dialect, slips[at]!, said)
    return expected !== null && expected !== bad[at]
  }
  const disputed = [...goodJudged, ...badJudged].filter(
    (said, at) => truth(dialect, [...statements, ...slips][at]!, said) === null,
  ).length
  const refused = goodJudged.filter(
    (said, at) => truth(dialect, statements[at]!, said) === true && !good[at],
  ).length
  const differing = refused + badJudged.filter(wrong).length
  const compared = statements.length + slips.length - disputed
  if (given.show) {
    for (const [at, valid] of good.entries())
      if (!valid)
        console.log(
          'REFUSED',
          JSON.stringify(goodJudged[at]),
          JSON.stringify(statements[at]),
          (await check(statements[at]!)).error_messages,
        )
    for (const [at, said] of badJudged.entries())
      if (wrong(said, at)) console.log('SLIP', bad[at], JSON.stringify(said), JSON.stringify(slips[at]))
    for (const [at, said] of goodJudged.entries())
      if (truth(dialect, statements[at]!, said) === false)
        console.log('JUDGES REFUSE', good[at], JSON.stringify(statements[at]))
  }
  const valid = good.filter(Boolean).length
  console.log(
    `| ${dialect} | ${statements.length} | ${percent(valid, statements.length)} | ${slips.length} | ${percent(compared - differing, compared)} of ${compared} |`,
  )
}
