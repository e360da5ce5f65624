"""Seeds made at random, with the values that they hold; and what came of them, judged by pyarrow, csv and json.

    corpus.py make FOLDER COUNT SEED    writes FOLDER/N/ with the files of a seed, and FOLDER/corpus.json
    corpus.py judge FOLDER N...         reads FOLDER/N/out/ and prints one JSON line per seed
"""
import base64, csv, datetime as dt, decimal, json, math, os, pickle, random, string, sys
import pyarrow as pa, pyarrow.parquet as pq

D = decimal.Decimal
decimal.getcontext().prec = 80
TEXTS = ['', 'a', 'x, y', 'say "hi"', 'line\nbreak', 'crlf\r\nx', 'ünï', '日本', '😀', 'null', 'NULL', 'NaN', 'None', 'true', 'True', 'yes', 'NO', '1-2-3',
         '9:05', '12:30', '0x1F', '007', '02116', '1e5', '1E5', '+5', ' 5', '5 ', '-0', '1.50', '.5', '5.', '1_000', '1,5', '2024-01-31', '2024-1-31',
         '2024-01-31 09:30:00', '2024-01-31T09:30:00+02:00', '2024-01-31T09:30:00Z', '01/02/2024', 'A9F4C1D2-1111-4111-8111-111111111111', '#note', "'q'", "it's",
         '{{ x }}', '{"a": 1}', '[1]', '18446744073709551616', '9007199254740993', '12345678901234567.89', 'inf', 'nan', '-', ' ', '\t', 'infinity', '0123-12-31',
         '9999999999999999', '1e400', 'T', 'f', 'epoch', 'today', '24:00:00', '1 day']
NUMBERS = [0, 1, -1, 7, 42, 2**31, -2**31 - 1, 2**53, 2**53 + 1, 2**63 - 1, -2**63]
FLOATS = [0.0, -0.0, 1.0, 1.5, 0.1, -2.25, 1e16, 1e22, 1e-7, 5e-324, 1.7976931348623157e308, 123456.789, 3.141592653589793]


# ------------------------------------------------------------------ Parquet

def leaf(rng):
    ints = [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
    times = [pa.timestamp(u, z) for u in ('s', 'ms', 'us', 'ns') for z in (None, 'UTC', 'Europe/Berlin')]
    return rng.choice(ints + times + [pa.float32(), pa.float64(), pa.bool_(), pa.string(), pa.string(), pa.large_string(), pa.date32(), pa.binary(), pa.null(),
        pa.decimal128(rng.randint(3, 20), 2), pa.decimal128(38, rng.randint(0, 10)), pa.decimal256(50, 2), pa.time32('ms'), pa.time64('us'),
        pa.dictionary(pa.int32(), pa.string())])


def arrow_type(rng, depth):
    kind = rng.random()
    if depth == 0 or kind < 0.6: return leaf(rng)
    if kind < 0.75: return pa.list_(plain(arrow_type(rng, depth - 1)))
    if kind < 0.9:
        names = rng.sample(['a', 'b', '10', '2', '__proto__', 'x y', 'role', 'content'], rng.randint(1, 3))
        return pa.struct([(n, plain(arrow_type(rng, depth - 1))) for n in names])
    return pa.map_(rng.choice([pa.string(), pa.int64()]), plain(arrow_type(rng, depth - 1)))


def maps(t):
    if pa.types.is_map(t): return True
    if pa.types.is_list(t): return maps(t.value_type)
    return pa.types.is_struct(t) and any(maps(f.type) for f in t)


def types_of(folder, names):
    """Half of the columns that hold maps are said to. Beside the seed's own chances, so that these stay what they were."""
    rng = random.Random('maps of ' + os.path.basename(folder))
    said = {n: 'map' for n in names if rng.random() < 0.5}
    return {'types': said} if said else {}


def plain(t):
    return pa.string() if pa.types.is_dictionary(t) or pa.types.is_null(t) else t


def arrow_value(rng, t, odd):
    if rng.random() < 0.15 or pa.types.is_null(t): return None
    if pa.types.is_integer(t):
        top = 2 ** (t.bit_width - (0 if str(t).startswith('u') else 1)) - 1
        low = 0 if str(t).startswith('u') else -top - 1
        return rng.choice([0, 1, 7, rng.randint(0, 100), *([top, low] if odd else [])])
    if pa.types.is_float32(t): return rng.choice([0.5, 1.0, -2.25, *([math.nan, math.inf] if odd else [])])
    if pa.types.is_floating(t): return rng.choice(FLOATS + ([math.nan, -math.inf] if odd else []))
    if pa.types.is_boolean(t): return rng.random() < 0.5
    if pa.types.is_string(t) or pa.types.is_large_string(t): return rng.choice(TEXTS)
    if pa.types.is_date(t): return dt.date(rng.randint(1, 9999), rng.randint(1, 12), rng.randint(1, 28))
    if pa.types.is_binary(t): return rng.randbytes(rng.randint(0, 6))
    if pa.types.is_decimal(t):
        digits = rng.randint(1, t.precision if odd else min(t.precision, 14))
        return D(rng.randint(-10**digits + 1, 10**digits - 1)).scaleb(-t.scale)
    if pa.types.is_time(t): return dt.time(rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59), rng.choice([0, 250000]))
    if pa.types.is_timestamp(t):
        seconds = rng.randint(-10**9, 2 * 10**9)
        more = {'s': 0, 'ms': rng.choice([0, 250]), 'us': rng.choice([0, 123456]), 'ns': rng.choice([0, 123456000] + ([123456789] if odd else []))}[t.unit]
        return seconds * {'s': 1, 'ms': 10**3, 'us': 10**6, 'ns': 10**9}[t.unit] + more
    if pa.types.is_dictionary(t): return rng.choice(['a', 'b', 'c'])
    if pa.types.is_list(t): return [arrow_value(rng, t.value_type, odd) for _ in range(rng.randint(0, 3))]
    if pa.types.is_map(t):
        keys = ['k', 'j', '2', '1'] if pa.types.is_string(t.key_type) else [3, 2, 1]
        picked = rng.sample(keys, rng.randint(0, 3)) + (['k', 'k'] if odd and keys[0] == 'k' and rng.random() < 0.2 else [])
        return [(k, arrow_value(rng, t.item_type, odd)) for k in picked]
    return {f.name: arrow_value(rng, f.type, odd) for f in t}


class Pairs(dict):
    """A map, and its entries in order, of which two may have one key."""
    def __init__(self, pairs=()):
        super().__init__(pairs)
        self.pairs = list(pairs)

    def __reduce__(self): return (Pairs, (self.pairs,))


def truth_of(v, t, zones=True):
    """A value as the judge compares it, from what pyarrow was given. INT96 has no zones."""
    if v is None: return None
    if pa.types.is_timestamp(t): return ('ns', v * {'s': 10**9, 'ms': 10**6, 'us': 10**3, 'ns': 1}[t.unit], zones and t.tz is not None)
    if pa.types.is_binary(t): return base64.b64encode(v).decode()
    if pa.types.is_time(t): return v.isoformat()
    if pa.types.is_list(t): return [truth_of(x, t.value_type, zones) for x in v]
    if pa.types.is_map(t): return Pairs([(str(k), truth_of(x, t.item_type, zones)) for k, x in v])
    if pa.types.is_struct(t): return {f.name: truth_of(v[f.name], f.type, zones) for f in t}
    return v


def drifted(rng, t):
    if pa.types.is_integer(t): return rng.choice([pa.float64(), pa.int64(), pa.string(), pa.null()])
    if pa.types.is_decimal(t): return pa.decimal128(30, 4)
    if pa.types.is_date(t): return pa.timestamp('us')
    if pa.types.is_timestamp(t): return pa.timestamp('us', None if t.tz else 'UTC')
    if pa.types.is_struct(t): return pa.struct([*t, ('late', pa.int64())])
    if pa.types.is_list(t): return pa.list_(drifted(rng, t.value_type))
    return rng.choice([t, pa.null()])


def make_parquet(rng, folder):
    odd = rng.random() < 0.3
    names = rng.sample(['id', 'text', '2022', '2021', '__proto__', 'constructor', 'a b', 'Ünï', 'rowid', 'key'], rng.randint(1, 5))
    types = {n: arrow_type(rng, 3) for n in names}
    rows = []
    files = rng.choice([1, 1, 2, 3])
    at = os.path.join(folder, rng.choice(['seed', 'lang=en']))
    os.makedirs(at)
    for number in range(files):
        own = {n: drifted(rng, t) if number and rng.random() < 0.4 else t for n, t in types.items()}
        if number and rng.random() < 0.3: own.pop(rng.choice(names))
        if number and rng.random() < 0.3: own['added'] = pa.int64()
        if not own: own = {names[0]: types[names[0]]}
        count = rng.randint(1, 6)
        values = {n: [arrow_value(rng, t, odd) for _ in range(count)] for n, t in own.items()}
        table = pa.table({n: pa.array(values[n], t) for n, t in own.items()})
        int96 = rng.random() < 0.1
        pq.write_table(table, f'{at}/{number}.parquet', compression=rng.choice(['snappy', 'zstd', 'gzip', 'none', 'brotli']),
            data_page_version=rng.choice(['1.0', '2.0']), use_deprecated_int96_timestamps=int96)
        rows += [{n: truth_of(values[n][r], t, not int96) for n, t in own.items()} for r in range(count)]
    name = os.path.basename(at)
    path = f'{name}/*.parquet' if files > 1 else f'{name}/0.parquet'
    source = types_of(folder, [n for n, t in types.items() if maps(t)])
    return {'kind': 'parquet' + ('s' if files > 1 else ''), 'path': path, 'source': source}, rows


# ------------------------------------------------------------------ CSV

def column_texts(rng):
    pick = rng.random()
    if pick < 0.25: return lambda: str(rng.choice(NUMBERS))
    if pick < 0.45: return lambda: repr(rng.choice(FLOATS))
    if pick < 0.5: return lambda: rng.choice(['true', 'false'])
    if pick < 0.58: return lambda: f'{rng.randint(1, 9999):04}-{rng.randint(1, 12):02}-{rng.randint(1, 28):02}'
    if pick < 0.7: return lambda: rng.choice(['yes', 'no', 'NO', 'True', 'FALSE'])
    return lambda: rng.choice(TEXTS)


def csv_line(rng, cells, delimiter, quoting):
    def cell(v):
        if v is None: return ''
        if v == '' or quoting or any(c in v for c in (delimiter, '"', '\n', '\r')) or v != v.strip(): return '"' + v.replace('"', '""') + '"'
        return v
    return delimiter.join(cell(v) for v in cells)


def make_csv(rng, folder):
    delimiter = rng.choice([',', ',', ';', '\t', '|'])
    names = rng.sample(['id', 'text', 'note, long', 'x"y', '2022', 'Ünï', '__proto__', 'key'], rng.randint(1, 5))
    if rng.random() < 0.1: names[0] = ''
    files = rng.choice([1, 1, 1, 2])
    makers = {n: column_texts(rng) for n in names}
    late = rng.random() < 0.15
    rows = []
    os.makedirs(f'{folder}/lang=en')
    trouble = rng.choice([None] * 6 + ['wide', 'short', 'unclosed', 'comment', 'title', 'gzip', 'utf16', 'latin1', 'space', 'after'])
    for number in range(files):
        count = 21000 if late and files == 1 and len(names) < 3 else rng.randint(1, 8)
        own = names if number == 0 or rng.random() < 0.6 else rng.sample(names, len(names))
        fresh = [[None if rng.random() < 0.1 else makers[n]() for n in own] for _ in range(count)]
        if count > 10000: fresh = [list(fresh[0]) for _ in range(count - 1)] + [[rng.choice(TEXTS) for _ in own]]
        newline = rng.choice(['\n', '\n', '\r\n'])
        quoting = rng.random() < 0.2
        lines = [csv_line(rng, own, delimiter, False)] + [csv_line(rng, r, delimiter, quoting) for r in fresh]
        middle = rng.randint(1, len(lines))
        if trouble == 'wide': lines.insert(middle, delimiter.join(['z'] * (len(own) + 1)))
        if trouble == 'short' and len(own) > 1: lines.insert(middle, 'z')
        if trouble == 'unclosed': lines.insert(middle, '"open' + delimiter * (len(own) - 1))
        if trouble == 'comment' and len(own) > 1: lines.insert(middle, '# a comment')
        if trouble == 'title' and len(own) > 1: lines.insert(0, 'Report')
        if trouble == 'space': lines.insert(middle, delimiter.join([' "z"'] * len(own)))
        if trouble == 'after': lines.insert(middle, delimiter.join(['"z" z'] * len(own)))
        ends = [newline if rng.random() < 0.9 else '\n' for _ in lines]
        body = ''.join(a + b for a, b in zip(lines, ends))
        if rng.random() < 0.3 and not (len(own) == 1 and fresh[-1][0] is None): body = body[:-len(ends[-1])]
        data = body.encode('utf-16' if trouble == 'utf16' else 'utf-8')
        if trouble == 'latin1': data += delimiter.join(['\xe9'] * len(own)).encode('latin-1')
        if trouble == 'gzip': import gzip; data = gzip.compress(data)
        if rng.random() < 0.15 and trouble != 'utf16': data = b'\xef\xbb\xbf' + data
        open(f'{folder}/lang=en/{number}.csv', 'wb').write(data)
        rows += [dict(zip(own, r)) for r in fresh]
    if '' in names: rows = [{('column0' if n == '' else n): v for n, v in r.items()} for r in rows]
    path = 'lang=en/*.csv' if files > 1 else 'lang=en/0.csv'
    source = {'delimiter': delimiter} if len(names) == 1 else {}
    if all(n.isdigit() for n in names): source['header'] = True
    return {'kind': 'csv' + (f' {trouble}' if trouble else ' late' if late else ''), 'path': path, 'source': source}, rows


# ------------------------------------------------------------------ JSON

def json_value(rng, depth, odd):
    pick = rng.random()
    if pick < 0.1: return None
    if pick < 0.3: return rng.choice(TEXTS)
    if pick < 0.45: return rng.choice(NUMBERS + ([2**64, 10**30] if odd else []))
    if pick < 0.6: return rng.choice(FLOATS + ([math.nan, D('12345678901234567.89')] if odd else []))
    if pick < 0.65 or depth == 0: return rng.random() < 0.5
    if pick < 0.8: return [json_value(rng, depth - 1, odd) for _ in range(rng.randint(0, 3))]
    return {n: json_value(rng, depth - 1, odd) for n in rng.sample(['a', 'b', '10', '2', '__proto__', 'é', ''], rng.randint(0, 3))}


def json_text(v):
    if isinstance(v, D): return str(v)
    if isinstance(v, list): return '[' + ', '.join(map(json_text, v)) + ']'
    if isinstance(v, dict): return '{' + ', '.join(json.dumps(k) + ': ' + json_text(x) for k, x in v.items()) + '}'
    return json.dumps(v, ensure_ascii=False)


def make_json(rng, folder):
    odd = rng.random() < 0.3
    lines = rng.random() < 0.6
    names = rng.sample(['id', 'text', '2022', '1', '__proto__', 'messages', 'é'], rng.randint(1, 5))
    def like(v):
        if isinstance(v, str): return rng.choice(TEXTS)
        if isinstance(v, bool) or v is None: return v
        if isinstance(v, int): return rng.choice(NUMBERS)
        if isinstance(v, float): return rng.choice(FLOATS)
        if isinstance(v, list): return [like(rng.choice(v)) for _ in range(rng.randint(0, 3))] if v else []
        if isinstance(v, dict): return {k: like(x) for k, x in v.items()}
        return v
    models = {n: json_value(rng, 3, odd) for n in names}
    late = rng.random() < 0.15
    count = 21000 if late and len(names) < 3 else rng.randint(1, 8)
    rows = [{n: like(models[n]) for n in names} for _ in range(min(count, 20))]
    if count > 20: rows = [rows[i % 20] for i in range(count - 1)]
    if late: rows.append({n: json_value(rng, 2, odd) for n in names})
    trouble = rng.choice([None] * 6 + ['cut', 'twice', 'surrogate', 'array in lines'])
    texts = [json_text(r) for r in rows]
    if trouble == 'twice': texts.append('{"id": 1, "id": 2}')
    if trouble == 'surrogate': texts.append('{"id": "\\ud800"}')
    os.makedirs(f'{folder}/lang=en')
    name = 'seed.jsonl' if lines else 'seed.json'
    newline = rng.choice(['\n', '\r\n'])
    body = newline.join(texts) + newline if lines and trouble != 'array in lines' else '[' + (',' + newline).join(texts) + ']'
    if trouble == 'cut': body = body.rstrip()[:-1]
    source = types_of(folder, [n for n, v in models.items() if isinstance(v, dict)])
    data = body.encode()
    if rng.random() < 0.2: data = b'\xef\xbb\xbf' + data
    open(f'{folder}/lang=en/{name}', 'wb').write(data)
    return {'kind': ('jsonl' if lines else 'json') + (f' {trouble}' if trouble else ' late' if late else ''), 'path': f'lang=en/{name}', 'source': source}, rows


def make(folder, count, seed):
    seeds = []
    for number in range(count):
        rng = random.Random(f'{seed}/{number}')
        at = os.path.join(folder, str(number))
        os.makedirs(at)
        config, rows = rng.choice([make_parquet, make_csv, make_json])(rng, at)
        pickle.dump(rows, open(f'{at}/truth.pickle', 'wb'))
        seeds.append({**config, 'number': number, 'rows': len(rows)})
    json.dump(seeds, open(f'{folder}/corpus.json', 'w'))


# ------------------------------------------------------------------ judging

def instant(text):
    m = dt.datetime.fromisoformat(text.replace('Z', '+00:00'))
    zoned = m.tzinfo is not None
    m = m if zoned else m.replace(tzinfo=dt.timezone.utc)
    d = m - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
    return ('ns', (d.days * 86400 + d.seconds) * 10**9 + d.microseconds * 1000, zoned)


def number_of(text):
    return json.loads(text, parse_float=D, parse_int=int, parse_constant=float)


def same(want, got, words):
    """Whether a value came through. words: NaN and the like may be null, as JSON has no word for them."""
    if want is None: return got is None
    if got is None: return words and isinstance(want, float) and not math.isfinite(want)
    if isinstance(want, tuple):
        if isinstance(got, dt.datetime): got = got.isoformat()
        if isinstance(got, dt.date): got = got.isoformat() + 'T00:00:00'
        try: return instant(got) == want
        except ValueError: return False
    if isinstance(want, bool): return got is want
    if isinstance(want, (int, float, D)):
        if isinstance(got, bool): return False
        if isinstance(want, D) and isinstance(got, str):
            try: return D(got) == want
            except decimal.InvalidOperation: return False
        if not isinstance(got, (int, float, D)): return False
        if isinstance(want, float) and math.isnan(want): return math.isnan(got)
        if isinstance(want, D) or isinstance(got, D):
            return D(repr(got) if isinstance(got, float) else got) == D(repr(want) if isinstance(want, float) else want)
        return want == got
    if isinstance(want, dt.date): return (got if isinstance(got, str) else got.isoformat()) == want.isoformat()
    if isinstance(want, str):
        if isinstance(got, str):
            return got == want or (':' in want and got.rstrip('0') == want.rstrip('0') and '.' in want)
        if isinstance(got, D): got = float(got)
        if isinstance(got, bool): return want == ('true' if got else 'false')
        if isinstance(got, int): return str(got) == want
        if isinstance(got, float): return want in (repr(got), str(int(got)) if got.is_integer() else '', {'nan': 'NaN'}.get(repr(got)))
        if isinstance(got, dt.date): return got.isoformat() == want
        return False
    if isinstance(want, list): return isinstance(got, list) and len(want) == len(got) and all(same(a, b, words) for a, b in zip(want, got))
    if isinstance(want, Pairs) and isinstance(got, list) and all(isinstance(x, dict) and list(x) == ['key', 'value'] for x in got):
        return len(got) == len(want.pairs) and all(k == str(x['key']) and same(v, x['value'], words) for (k, v), x in zip(want.pairs, got))
    if isinstance(want, Pairs) and len(want) < len(want.pairs): return False
    if isinstance(got, list): got = dict(got)
    return isinstance(got, dict) and all(same(v, got.get(k), words) for k, v in want.items()) and all(v is None or k in want for k, v in got.items())


def deep_json(want, got):
    """JSON text of a column, or within a value, as the value it stands for."""
    if isinstance(got, str) and not isinstance(want, (tuple, type(None))):
        try: read = number_of(got)
        except ValueError: return got
        if not isinstance(want, str) or isinstance(read, str): return read if not same(want, got, False) else got
    if isinstance(want, dict) and isinstance(got, list) and all(isinstance(x, tuple) for x in got): got = dict(got)
    if isinstance(want, list) and isinstance(got, list): return [deep_json(a, b) for a, b in zip(want, got)] + got[len(want):]
    if isinstance(want, dict) and isinstance(got, dict): return {k: deep_json(want.get(k), v) for k, v in got.items()}
    return got


def from_csv(want, text):
    """Whether a cell of a CSV export is the value."""
    if want is None: return text == ''
    if isinstance(want, str):
        return text == want or same(want, deep_json(want, text), True)
    if isinstance(want, float) and text in ('NaN', 'Infinity', '-Infinity'): return same(want, float(text.replace('Infinity', 'inf')), False)
    if isinstance(want, bool): return text == ('true' if want else 'false')
    return same(want, text, True) or same(want, deep_json(want, text), True)


def differences(rows, got, equal, what):
    if len(got) != len(rows): return [f'{what}: {len(got)} rows of {len(rows)}']
    for number, (want, have) in enumerate(zip(rows, got)):
        for name in {**want, **have}:
            if name not in have: return [f'{what}: no column {name!r}']
            if not equal(want.get(name), have[name]): return [f'{what}: row {number + 1}, {name!r}: {want.get(name)!r} became {have[name]!r}'[:300]]
    return []


def pylist(path):
    table = pq.read_table(path, partitioning=None)
    return [dict(zip(table.column_names, values)) for values in zip(*(c.to_pylist() for c in table.columns))] if table.num_columns else []


def judge(folder, numbers):
    csv.field_size_limit(10**9)
    for number in numbers:
        at = f'{folder}/{number}'
        rows = pickle.load(open(f'{at}/truth.pickle', 'rb'))
        found = []
        if os.path.exists(f'{at}/out/export.csv'):
            parts = sorted(os.listdir(f'{at}/out/dataset/parquet-files'))
            value = lambda want, got: same(want, got, False) or same(want, deep_json(want, got), False)
            found += differences(rows, [r for p in parts for r in pylist(f'{at}/out/dataset/parquet-files/{p}')], value, 'dataset')
            found += differences(rows, pylist(f'{at}/out/export.parquet'), value, 'export.parquet')
            lines = [number_of(line) for line in open(f'{at}/out/export.jsonl', newline='\n')]
            found += differences(rows, lines, lambda want, got: same(want, got, True), 'export.jsonl')
            head, *cells = list(csv.reader(open(f'{at}/out/export.csv', newline='')))
            cells = [c or [''] for c in cells]
            found += differences(rows, [dict(zip(head, c)) for c in cells], from_csv, 'export.csv')
        print(json.dumps({'number': number, 'found': found}))


if __name__ == '__main__':
    make(sys.argv[2], int(sys.argv[3]), sys.argv[4]) if sys.argv[1] == 'make' else judge(sys.argv[2], sys.argv[3:])
