"""Verdicts of other people's SQL parsers: reads {dialect, code} as JSON lines, writes {judge: verdict} for each."""
import json, logging, sqlite3, sys

logging.disable(logging.CRITICAL)
import sqlfluff, sqlglot

try:
    import pglast
except ImportError:
    pglast = None

fluff = {"sql:postgres": "postgres", "sql:tsql": "tsql", "sql:mysql": "mysql", "sql:sqlite": "sqlite", "sql:bigquery": "bigquery", "sql:ansi": "ansi"}
glot = {**fluff, "sql:ansi": ""}


def by_sqlfluff(dialect, code):
    try:
        sqlfluff.parse(code if code.endswith("\n") else code + "\n", dialect=fluff[dialect])
        return True
    except Exception:
        return False


def by_sqlglot(dialect, code):
    try:
        trees = sqlglot.parse(code, read=glot[dialect], error_level=sqlglot.ErrorLevel.RAISE)
        return all(not isinstance(t, sqlglot.exp.Command) for t in trees if t) or None
    except Exception:
        return False


def by_pglast(code):
    try:
        pglast.parse_sql(code)
        return True
    except Exception:
        return False


def by_sqlite(code):
    base = sqlite3.connect(":memory:")
    try:
        base.execute("EXPLAIN " + code)
        return True
    except sqlite3.Error as error:
        text = str(error)
        if "one statement at a time" in text:
            return None
        # It looks for the table of a trigger before it reads the body.
        if "no such table" in text and "TRIGGER" in code:
            return None
        return not any(s in text for s in ("syntax error", "incomplete input", "unrecognized token"))
    except Exception:
        return None


for line in sys.stdin:
    given = json.loads(line)
    dialect, code = given["dialect"], given["code"]
    said = {"sqlfluff": by_sqlfluff(dialect, code), "sqlglot": by_sqlglot(dialect, code)}
    if dialect == "sql:postgres" and pglast:
        said["pglast"] = by_pglast(code)
    if dialect == "sql:sqlite":
        said["sqlite3"] = by_sqlite(code)
    print(json.dumps(said), flush=True)
