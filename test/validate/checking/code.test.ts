/** What is valid code, language by language: tables of texts that parse, and texts that do not. */
import { describe, expect, test } from 'vitest'
import type { Value } from '../../../src/base/values/value.ts'
import { checkIn } from '../../../src/validate/checking/check.ts'
import type { CheckedLanguage } from '../../../src/validate/common/languages.ts'

const valid: Partial<Record<CheckedLanguage, readonly string[]>> = {
  'sql:postgres': [
    'SELECT DISTINCT ON (a) a, b FROM t ORDER BY a, b DESC NULLS LAST',
    "INSERT INTO t (a) VALUES ('x') ON CONFLICT (a) DO UPDATE SET a = excluded.a RETURNING *",
    "SELECT data->>'x', ARRAY[1, 2] FROM t WHERE tags @> '{a}'",
    'CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql',
    `SELECT ${'('.repeat(300)}1${')'.repeat(300)}`,
  ],
  'sql:mysql': [
    'DELIMITER $$\nCREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC\nBEGIN\n  RETURN a;\nEND$$\nDELIMITER ;',
    'SET @a := 5',
    'CREATE TABLE t (a INT) PARTITION BY HASH(a) PARTITIONS 4',
    'CREATE TABLE t (a INT) COMMENT="x"',
    'SELECT a FROM t GROUP BY 1 WITH ROLLUP',
    'CREATE PROCEDURE p() BEGIN SELECT 1; END',
    'CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM t',
    'INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2',
    'CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY) ENGINE=InnoDB',
    "SELECT GROUP_CONCAT(`a` SEPARATOR ',') FROM `t` LIMIT 5, 10",
  ],
  'sql:sqlite': [
    'PRAGMA foreign_keys = ON; PRAGMA table_info(t)',
    "SELECT a FROM t INDEXED BY i WHERE a IS 1 AND b NOT GLOB 'x*'",
    'CREATE TABLE t (a INTEGER PRIMARY KEY) WITHOUT ROWID, STRICT',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE u SET a = 1; END; SELECT 1 FROM other.v',
    'CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM t; END',
    'INSERT OR REPLACE INTO t VALUES (1)',
    'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a) STRICT',
    'SELECT a, SUM(b) OVER (ORDER BY c) FROM t LIMIT 5 OFFSET 2',
  ],
  'sql:tsql': [
    "BULK INSERT dbo.t FROM '/in.csv' WITH (FORMAT = 'CSV', FIRSTROW = 2, TABLOCK)",
    "SELECT * FROM t FOR SYSTEM_TIME BETWEEN '2024-01-01' AND '2024-06-30'",
    'GRANT SELECT ON SCHEMA::app TO analyst',
    'SELECT a FROM server1.shop..t',
    'INSERT INTO t VALUES (1)\nGO 5',
    'SET NOCOUNT ON\nSELECT 1\nSELECT 2',
    'DECLARE @x INT\nSET @x = 5\nSELECT @x',
    'UPDATE t SET a = 1 WHERE b = 2\nSELECT @@ROWCOUNT',
    'DECLARE @t TABLE (k INT)\nINSERT INTO @t VALUES (1)\nSELECT * FROM @t',
    'CREATE FUNCTION dbo.f (@a INT) RETURNS INT AS BEGIN RETURN @a + 1 END',
    'CREATE PROCEDURE p (@a INT) AS BEGIN SELECT @a END',
    'BEGIN TRY SELECT 1 END TRY BEGIN CATCH SELECT ERROR_MESSAGE() END CATCH',
    'WHILE 1 = 1 BEGIN BREAK END',
    'SELECT TOP 10 * FROM [dbo].[t] WITH (NOLOCK) ORDER BY a',
    'DECLARE @x INT = 1; SELECT @x',
    'SELECT 1\nGO\nSELECT 2\n',
    'SELECT a FROM t ORDER BY a OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY',
  ],
  'sql:bigquery': [
    'SELECT a << 2, b >> 1 FROM t',
    'CREATE SEARCH INDEX i ON d.t (ALL COLUMNS)',
    "CREATE ROW ACCESS POLICY p ON d.t GRANT TO ('user:a@b.c') FILTER USING (r = 'US')",
    'CREATE MATERIALIZED VIEW d.v CLUSTER BY a OPTIONS (b = true) AS SELECT a, COUNT(*) AS n FROM d.t GROUP BY 1',
    'CREATE MATERIALIZED VIEW d.v PARTITION BY day OPTIONS (enable_refresh = true) AS SELECT day FROM d.t',
    'SELECT ARRAY<STRUCT<x INT64>>[(1)]',
    'SELECT SAFE.SUBSTR(a, 1) FROM t',
    'SELECT * FROM ML.PREDICT(MODEL `d.m`, TABLE d.t, STRUCT(0.5 AS threshold))',
    'FROM t |> WHERE a > 1 |> AGGREGATE COUNT(*) AS n GROUP BY b DESC |> ORDER BY n LIMIT 3',
    'SELECT * FROM (FROM t |> JOIN u USING (k) |> EXTEND a + 1 AS c |> DROP b)',
    "CREATE MODEL d.m TRANSFORM(f(a) OVER () AS c) OPTIONS(model_type='x', l=['y']) AS SELECT 1 AS y",
    'CREATE TABLE FUNCTION d.f(x INT64) AS (SELECT a FROM t WHERE k = x)',
    'FOR r IN (SELECT a FROM t) DO SELECT r.a; IF r.a > 1 THEN LEAVE; END IF; END FOR',
    'DECLARE i INT64 DEFAULT 0; WHILE i < 3 DO SET i = i + CASE WHEN i > 1 THEN 1 ELSE 2 END; END WHILE;',
    'CREATE PROCEDURE d.p(IN x INT64, OUT y STRING) BEGIN SET y = f(x); EXCEPTION WHEN ERROR THEN RAISE; END',
    "LOAD DATA OVERWRITE d.t FROM FILES (format='CSV', uris=['gs://b/f.csv'])",
    'SELECT * EXCEPT (a) FROM `p.d.t` QUALIFY ROW_NUMBER() OVER (PARTITION BY b ORDER BY c) = 1',
    'SELECT x FROM t, UNNEST(t.arr) AS x',
  ],
  'sql:ansi': [
    'CREATE SEQUENCE s START WITH 1 INCREMENT BY 1',
    'CREATE VIEW v AS SELECT a FROM t WITH CHECK OPTION',
    'SELECT NEXT VALUE FOR s FROM t',
    'CREATE PROCEDURE p (IN x INTEGER) BEGIN SET @y = x + 1; END',
    'SELECT a, SUM(b) FILTER (WHERE c > 1) FROM t GROUP BY GROUPING SETS ((a), ())',
    'SELECT a FROM t WHERE b = 1 GROUP BY a HAVING COUNT(*) > 1 ORDER BY a FETCH FIRST 5 ROWS ONLY',
    'WITH c AS (SELECT 1 AS a) SELECT * FROM c',
  ],
  javascript: [
    'import x from "y"\nawait x()',
    'with (a) { b }',
    'const view = <p className={a}>hi</p>',
    'class A { #x = 1; get x() { return this.#x } }',
    'a ??= b?.c',
    'class A { accessor x = 1 }',
    'a = b / c / d; e = /(?<x>[/])\\k<x>/u',
  ],
  typescript: [
    'interface A { x: number }\nconst a = { x: 1 } satisfies A',
    'const a = <string>b',
    'const view = <p>hi</p>',
    'class A { constructor(@Inject(X) private readonly x: X) {} }',
    'class A { accessor x = 1 }\nexport {}',
    'import defer * as a from "b"',
    'enum E { A, B }\nnamespace N { export const x = 1 }',
  ],
  json: ['{"a": [1, 2.5, null]}', '3', '[]', '['.repeat(3000) + ']'.repeat(3000)],
  bash: [
    'for f in *.txt; do\n  echo "$f" | sed "s/a/b/"\ndone',
    'echo a\r\necho b\r\n',
    'if [[ -f x ]]; then y=$(cat x); fi\ncat <<EOF\nhi\nEOF',
  ],
  c: [
    '#include <stdio.h>\nint main(void) { int new = 1, class = 2; printf("%d", new + class); return 0; }',
    'struct flags { unsigned a : 1, : 3; unsigned : 0; int b;; };',
    'static _Thread_local int n; // thread_local',
    'char *f(void) { for (;;) return "a;;b"; }',
    'int f(int a) {\n#ifdef X\n  if (a) {\n#else\n  if (!a) {\n#endif\n    return 1;\n  }\n  return 0;\n}',
    'DEFINE_LIST(int);\nint x;',
    'int (*pick(int n))(int) { return 0; }',
  ],
  cpp: [
    '#include <vector>\ntemplate<class T> auto f(T a) { return [=](int b) { return a + b; }; }',
    'struct A { int v : 3 = 0; operator bool() const { return v; } };',
    'extern template class std::vector<int>;\nusing std::string, std::vector;',
    'template <class... T> struct all : T... { using T::operator()...; };',
    'A::A() { } A::~A() { } template <class T> B<T>::B(int) { } A::operator bool() const { return x; } TEST(A, b) { }',
    'namespace n { auto f() -> int { return 1; } main_t g() { return {}; } }',
    'struct C { C() try : x(1) { } catch (...) { } ~C() { } int x; };',
  ],
  csharp: [
    'public record P(int X);\nclass B { static P F() => new P(1) with { X = 2 }; }',
    'struct A { A(int x) { } class B { static B() { } } }',
    'class A { F f = (a, b) => a; int[,] m = new int[2, 3], n; int[,] k = { { 1, 2, }, }; void G() { f(1, 2); x?.y(); x++; await z; new A(1); } }',
  ],
  go: [
    'package a\n\ntype P struct { X int }',
    'package a\n\nimport "os"',
    'package main\n\nfunc Map[T any](a []T) []T { return a }\n',
    'package a\n\nfunc f() { defer g();; for range 3 { } }',
    'func f() int { return 1 }',
    'x := 1\nfmt.Println(x)',
  ],
  java: [
    'class A { record P(int x) {} String f() { return """\n  x"""; } }',
    'class A { A() { } void f() { new A(); i++; g(); x = 1; switch (x) { default -> { } } } }',
    "class A { String s = \"\\u00e4\\t\\101\\\\d\"; char c = '\\''; }",
    'record P(int x) { P { } P(String s) { this(1); } }',
  ],
  ruby: [
    'class A\n  def f(a, b: 1) = a + b\nend\n',
    'case [1, 2]\nin [Integer => a, *] if a > 0\n  puts <<~X\n    #{a}\n  X\nend',
    'def f(*, **, &) = g(*, **, &)',
  ],
  rust: [
    'thread_local! { static X: u8 = 1; }\nmacro_rules! m { () => {}; }\nm!();',
    'async fn g<T: Clone>(a: &T) -> Result<T, String> where T: Send { Ok(a.clone()) }',
  ],
  swift: [
    'struct A { var x: Int\n func f() async throws -> Int { guard x > 0 else { return 0 }; return x } }',
    '#if os(iOS) && !DEBUG // phones\nimport UIKit\n#elseif canImport(AppKit)\nimport AppKit\n#else\nlet x = 1\n#endif',
    'if #available(iOS 17.2, macOS 14, *), #unavailable(tvOS 9) { log(#function, #line) }',
    'guard #available(iOS 16, *) else { return }',
    '#Preview("A") { List() }\nb.add(self, action: #selector(A.tap(_:with:)))\nlet k = #keyPath(A.b)',
    '@Test func f() { #expect(a == 1); let p = #Predicate<A> { $0.b > 1 } }\n#warning("later")',
    'let a = #"\\d"#, b = ##"a"#b"##, c = #/\\d+/#\nlet d = #"""\n  a " b\n  """#',
    'struct A { @Option() var a: String; @Argument( )\n var b: Int\n let c: @Sendable() -> Void }',
    'func f() async throws(A.E) { for try await x in try g() { print(x) } }\nlet h: () throws(any Error) -> Int',
    'func f() -> R { g(value: (), e); return .success(()) }\nlet x: () = (); let y: (()) -> () = { () in }',
    'if let a = try? await b.c(D.self) { e() }\nwhile try await f() { }',
    'func f(_ a: sending @escaping (B) -> Void, c: consuming sending D.E) -> sending F { _ = consume x; return copy y }',
    'struct A {\n  #error("no (")\n  #warning("later")\n  /* b */ @B func c() { } }',
    'let a = b\n  < c\nlet d = e\n  > f',
    'typealias F = (_ a: Int, _ b: (_ c: Int) -> Void) async throws -> Int\nlet f = g(a:b:)',
  ],
}

const invalid: Partial<Record<CheckedLanguage, readonly string[]>> = {
  'sql:postgres': ['NOT SQL', 'SELCT a FROM t', 'SELECT a, FROM t', 'SELECT a FROM t WHERE', 'SELECT (a'],
  'sql:mysql': ['NOT SQL', 'SELECT TOP 5 a FROM t', 'SELECT a FROM t WHERE (b'],
  'sql:sqlite': [
    'NOT SQL',
    'SELECT 1; SELEC',
    'SELECT TOP 5 a FROM t',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE u SET a = 1 WHER; END;',
    'CREATE TABLE x.t (a INT',
    '-- nothing',
    'CREATE TABLE',
    'SELECT a FROM t GROUP a',
  ],
  'sql:tsql': [
    'SELECT a, RANK() OVER (ORDER BY a) ,AS d FROM t',
    'SELECT TOP (5) WITH',
    'BEGIN TRY SELECT 1',
    "BULK INSERT dbo.t FROM 'a' WITH (= 'CSV')",
    "SELECT '[",
    'NOT SQL',
    'SELECT 1\nSELEC 2',
    'SET NOCOUNT ON\nINSERT INTO',
    "CREATE TABLE t (a INT DEFAULT (N'x)",
    'CREATE PROCEDURE p AS BEGIN SELECT 1',
    'SELECT a FROM t LIMIT 5',
    'SELECT * FROM t WHERE a = = 1',
  ],
  'sql:bigquery': [
    'SELECT a FROM t UNION SELECT b FROM u',
    'SELECT a << FROM t',
    'CREATE SEARCH INDEX i ON d.t (ALL COLUMNS) x',
    'NOT SQL',
    'FROM t |> WHER a',
    'FROM t |> WHERE',
    'FROM t |> AGGREGATE COUNT(*) GROUP BY',
    'SELECT * FROM (FROM t |> FOO)',
    'IF x THEN SELECT 1; END',
    'LOOP SELECT 1;',
    'BEGIN SELECT 1; EXCEPTION WHEN ERROR THEN SELEC; END',
    'CREATE MODEL m OPTIONS(a=) AS SELECT 1',
    'LOAD DATA INTO t FROM FILES',
    'SELECT a FROM t ORDER a',
  ],
  'sql:ansi': ['NOT SQL', 'DELETE t WHERE', 'CREATE SEQUENCE s START WITH', 'GRANT TO bob'],
  javascript: [
    'function f( {',
    'let a; let a',
    'const a;',
    'break',
    'let x: number = 1',
    'x = /(/',
    '/a{2,1}/',
    '/\\u{110000}/u',
    '/(?<a>.)\\k<b>/',
    '```js\nlet a = 1\n```',
    'class A { f() { this.#y } }',
  ],
  typescript: ['function f(a: ) {}', 'let x: number = ;', 'interface A { x: }'],
  json: ['', '{"a": 1,}', "{'a': 1}", 'NaN', '{"a": 1} {'],
  bash: [
    'if true; then\r\n  echo a\r\nfi\r\n',
    `echo \${(U)x}`,
    'if [ 1 ]; then\n echo\n',
    'echo "abc',
    'echo )',
  ],
  c: [
    'int main( { return 0; }',
    'int x = ;',
    'unionunion u { int i; };',
    'struct s { y; int m; };',
    'void f(void) { do ;; while (0); }',
    '#ifndef A\n#define A\nvoid f(int a));\n#endif',
    'struct s { int a; : x; };',
    'int x;\nx = 1;',
    '#if X\nint x = 1;',
  ],
  cpp: [
    'int main() { int x = ; }',
    'classclass A { int x; };',
    'twice(int t) { return t; }',
    'std:: f(int x) { return x; }',
    'int x = static_cast<>(1);',
    'template <class T> T (T a) { return a; }',
    'enum class E :: char { A };',
    'using std::string, ;',
  ],
  csharp: [
    'class A { void f( { } }',
    'class A { public  F() { } }',
    'class A { void F(a, int b) { } }',
    'class A { int[,] m = new int[2,, 3]; string[] s = { , }; }',
    'class A { void F() { x.y; } }',
    'class A { void F(int x) { switch (x) { case 1: goto case ; } } }',
  ],
  go: [
    'package main\nfunc main( {\n}',
    'package main\nfunc () { }',
    'package a\nfunc f(x any) { switch x.(type) { case int: y() case nil: } }',
  ],
  java: [
    'class A { void f() { int x = ; } }',
    'class A { int f() { n; } }',
    'class A { f() { } }',
    'System.out.println("hi");',
    'class A { String s = "\\d"; }',
  ],
  ruby: ['def f\n  if x\nend\n', 'x = [1, 2', 'def f(a, a) = a'],
  rust: ['fn main() { let x = ; }', 'let x = 1;', 'x + 1;'],
  swift: [
    'func f( { return 1 }',
    '#if os(iOS)\nlet x = 1',
    'let x = 1\n#endif',
    '#if os(iOS) &&\nlet x = 1\n#endif',
    '#if\nlet x = 1\n#endif',
    '#if A\nlet x = \n#endif',
    'if #available() { f() }',
    'if #available(iOS, *) { f() }',
    'f(#selector(A.b(_:))',
    'let x = #',
    'f(a: , b: 1)',
    'func f() throws() {}',
    'func f() { return .a((),, b) }',
    'func f() { x = try? await }',
    'typealias F = (_ a: Int)',
  ],
}

const rows = (table: Partial<Record<CheckedLanguage, readonly string[]>>) =>
  Object.entries(table).flatMap(([language, codes]) =>
    codes.map((code) => ({ language: language as CheckedLanguage, code })),
  )

const said = async (language: CheckedLanguage, code: string): Promise<Readonly<Record<string, Value>>> =>
  (await checkIn(language))(code)

describe('text that parses is valid', () => {
  test.each(rows(valid))('$language: $code', async ({ language, code }) => {
    expect(await said(language, code)).toEqual({ is_valid: true, error_messages: '' })
  })
})

describe('text that does not parse is not valid, and it is said why', () => {
  test.each(rows(invalid))('$language: $code', async ({ language, code }) => {
    const cell = await said(language, code)
    expect(cell.is_valid).toBe(false)
    expect(cell.error_messages).toMatch(/\S/)
  })

  const languages = Object.keys(invalid).filter((language) => language !== 'bash') as CheckedLanguage[]
  test.each(languages)('prose is no %s', async (language) => {
    expect((await said(language, 'This is not code, just words.')).is_valid).toBe(false)
  })
})

test('a complaint names its place, counted in characters from 1', async () => {
  expect((await said('sql:postgres', "SELECT 'é'\nFRM t WHERE")).error_messages).toMatch(
    /^line 2, column 5: /,
  )
  expect((await said('sql:mysql', 'SELECT a,\n FROM t')).error_messages).toMatch(/^line 2, column 7: /)
  expect((await said('javascript', 'let a\nlet a')).error_messages).toMatch(/^line 2, column 5: /)
  expect((await said('go', 'package main\nfunc main( {\n}')).error_messages).toMatch(/^line 2, column /)
  expect((await said('go', 'package a\n\nvar x = "é" y')).error_messages).toMatch(/^line 3, column 13: /)
  expect((await said('ruby', 'x = "é" )')).error_messages).toMatch(/^line 1, column 9: /)
  expect((await said('bash', 'true\necho "x')).error_messages).toMatch(/^line 2, column 6: /)
})

describe('a DECIMAL with a precision and no scale', () => {
  const dialects: CheckedLanguage[] = [
    'sql:sqlite',
    'sql:tsql',
    'sql:bigquery',
    'sql:mysql',
    'sql:postgres',
    'sql:ansi',
  ]
  test.each(dialects)('is a complaint in %s, in any case', async (dialect) => {
    const cell = await said(
      dialect,
      `CREATE TABLE ${dialect === 'sql:postgres' ? 'é' : 't'} (a DECIMAL(10), b decimal (5), c DECIMAL(8, 2))`,
    )
    expect(cell).toEqual({
      is_valid: false,
      error_messages:
        'DECIMAL(10) has no scale, so it keeps no fraction\nDECIMAL(5) has no scale, so it keeps no fraction',
    })
  })
  test.each(dialects)('is none in %s inside a string or a comment, nor for NUMERIC', async (dialect) => {
    const code = "SELECT 'DECIMAL(10)' AS a, CAST(b AS NUMERIC(4)) AS c FROM t -- DECIMAL(10)\n"
    expect((await said(dialect, code)).error_messages).toBe('')
  })
})

test.each(['sql:postgres', 'sql:mysql', 'sql:tsql'] as const)(
  'a text without a statement is no %s',
  async (language) => {
    for (const code of ['', ' \n', '-- nothing'])
      expect(await said(language, code)).toEqual({ is_valid: false, error_messages: 'There is no statement' })
  },
)
