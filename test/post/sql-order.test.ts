/** Which queries settle their order, by DuckDB's own syntax trees. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SqlSession } from '../../src/post/sql-session.ts'

let session: SqlSession
beforeAll(async () => {
  session = await SqlSession.open([], [{ name: 'id', type: { kind: 'string' } }])
})
afterAll(() => session.close())

describe('a query that gives the same rows in the same order every time is taken', () => {
  test.each([
    'SELECT * FROM dataset WHERE length(id) > 3',
    'SELECT * FROM dataset ORDER BY _row LIMIT 5',
    'SELECT * FROM dataset WHERE hash(id) % 10 < 8;',
    'SELECT DISTINCT ON (id) * FROM dataset ORDER BY id, score DESC, _row',
    'SELECT DISTINCT id FROM dataset ORDER BY ALL',
    'SELECT * FROM dataset QUALIFY row_number() OVER (PARTITION BY id ORDER BY score, _row) = 1 ORDER BY _row',
    'SELECT *, rank() OVER (ORDER BY score) AS place FROM dataset ORDER BY _row',
    'SELECT *, count(*) OVER (PARTITION BY id) AS times FROM dataset ORDER BY _row',
    'SELECT id, count(*) AS n FROM dataset GROUP BY id ORDER BY id',
    'SELECT lower(id) AS k, count(*) AS n FROM dataset GROUP BY k ORDER BY n DESC, k',
    'SELECT id, count(*) FROM dataset GROUP BY 1 ORDER BY 2, 1',
    'SELECT id, list(text ORDER BY _row) FROM dataset GROUP BY id ORDER BY id',
    'SELECT count(*) AS n FROM dataset',
    'SELECT id, unnest(tags) AS tag FROM dataset',
    'WITH n AS (SELECT id, count(*) AS n FROM dataset GROUP BY id) SELECT d.* FROM dataset d JOIN n USING (id) WHERE n > 1 ORDER BY _row',
    'SELECT * FROM dataset UNION ALL SELECT * FROM dataset ORDER BY ALL',
  ])('%s', async (sql) => {
    expect(await session.issues(sql)).toEqual([])
  })
})

describe('any other is refused, and told why', () => {
  test.each([
    [
      'SELECT DISTINCT ON (id) * FROM dataset',
      'DISTINCT ON keeps one of several rows, and no total order says which; ORDER BY …, _row',
    ],
    ['SELECT DISTINCT ON (id) * FROM dataset ORDER BY id, score', /^DISTINCT ON keeps one of several rows/],
    ['SELECT DISTINCT id FROM dataset', /^groups, joins, dedupes, combines or ranks rows/],
    [
      'SELECT * FROM dataset QUALIFY row_number() OVER (PARTITION BY id ORDER BY score) = 1',
      'row_number() OVER depends on the order of equal rows; end its ORDER BY with _row',
    ],
    ['SELECT *, lag(id) OVER () AS before FROM dataset', /^lag\(\) OVER depends on the order/],
    ['SELECT *, sum(score) OVER (ORDER BY id) AS s FROM dataset', /^sum\(\) OVER depends on the order/],
    [
      'SELECT * FROM dataset ORDER BY score',
      'ORDER BY leaves the order of equal rows open; end it with _row',
    ],
    ['SELECT * FROM dataset LIMIT 5', /^LIMIT keeps some of the rows/],
    ['SELECT * FROM dataset ORDER BY score LIMIT 10%', /^LIMIT keeps some of the rows/],
    [
      'SELECT id, count(*) AS n FROM dataset GROUP BY id ORDER BY n',
      'ORDER BY leaves the order of equal rows open; end it with an ORDER BY that names all it is grouped by, or with ORDER BY ALL',
    ],
    [
      'SELECT *, count(*) OVER (PARTITION BY id) AS times FROM dataset',
      /^groups, joins, dedupes, combines or ranks/,
    ],
    ['SELECT id FROM dataset GROUP BY id', /^groups, joins, dedupes, combines or ranks rows/],
    ['FROM (SELECT DISTINCT id FROM dataset)', /^groups, joins, dedupes, combines or ranks rows/],
    [
      'SELECT a.* FROM dataset a JOIN dataset b USING (id)',
      /^groups, joins, dedupes, combines or ranks rows/,
    ],
    [
      'SELECT id, first(text) FROM dataset GROUP BY id ORDER BY id',
      /^first\(\) depends on the order of rows/,
    ],
    ['SELECT *, random() AS r FROM dataset', 'random() differs from run to run; split by hash instead'],
    ['SELECT *, current_date AS today FROM dataset', /^current_date differs from run to run/],
    ['SELECT * FROM dataset USING SAMPLE 10%', /^takes a sample/],
    ['SELECT * FROM dataset TABLESAMPLE 5', /^takes a sample/],
    ["FROM '/etc/passwd'", 'reads "/etc/passwd"; a query reads only dataset and tables of its WITH'],
    ["SELECT * FROM read_csv('/etc/passwd')", /^reads a function that gives a table/],
    ['SELECT 1; SELECT 2', 'must be one SELECT'],
    ['DROP TABLE dataset', 'must be one SELECT, without PIVOT'],
    ['SELEC', 'syntax error at or near "SELEC"'],
  ])('%s', async (sql, says) => {
    expect(await session.issues(sql)).toEqual([typeof says === 'string' ? says : expect.stringMatching(says)])
  })
})
