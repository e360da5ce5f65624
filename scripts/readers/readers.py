"""What readers make of a dataset and its exports: one JSON line per check.

    readers.py FOLDER    with NAME.json and NAME.expected.jsonl for each dataset
"""
import csv, glob, json, math, os, sys


def expected(folder, name):
    with open(f'{folder}/{name}.expected.jsonl', newline='\n') as lines: return [json.loads(line) for line in lines]


def plain(value):
    """A reader's value as JSON's own kinds, without the differences that readers have in how they hand values out."""
    if value is None or isinstance(value, (bool, str, int)): return value
    if isinstance(value, float): return 'NaN' if math.isnan(value) else value
    if hasattr(value, 'item') and getattr(value, 'ndim', 1) == 0: return plain(value.item())
    if hasattr(value, 'tolist'): value = value.tolist()
    if isinstance(value, dict): return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)): return [plain(v) for v in value]
    return str(value)


def is_missing(value):
    return value is None or type(value).__name__ in ('NAType', 'NaTType')


def same(want, got, loose=False):
    """loose: a reader of text, for which integers may be floats and NaN is null."""
    if want is None: return got is None or (loose and got == 'NaN')
    if isinstance(want, float) and math.isnan(want): return got == 'NaN' or (loose and got is None)
    if isinstance(want, list): return isinstance(got, list) and len(want) == len(got) and all(same(a, b, loose) for a, b in zip(want, got))
    if isinstance(want, dict): return isinstance(got, dict) and list(want) == list(got) and all(same(want[k], got[k], loose) for k in want)
    if isinstance(want, bool) or isinstance(got, bool): return want is got
    return want == got and (loose or type(want) is type(got))


def difference(rows, got, made, maps=None, loose=False):
    """The first one, in words."""
    if len(rows) != len(got): return f'{len(got)} rows of {len(rows)}'
    for number, (want, have) in enumerate(zip(rows, got)):
        if list(want) != list(have): return f'columns {list(have)} for {list(want)}'
        for name in want:
            value = plain(have[name])
            if name in made['json'] and isinstance(value, str): value = json.loads(value)
            if name in made['maps'] and maps is not None: value = maps(name, value)
            if not same(want[name], value, loose): return f'row {number}, {name!r}: {value!r} for {want[name]!r}'
    return None


def pairs(name, value):
    """Readers hand out a map as a list of pairs, here of a column of maps or of a struct with one."""
    def one(value):
        if isinstance(value, list): return {(x['key'] if isinstance(x, dict) else x[0]): (x['value'] if isinstance(x, dict) else x[1]) for x in value}
        return value
    if value is None: return None
    return {k: one(v) for k, v in value.items()} if name == 'tallies' else one(value)


def frame_rows(frame):
    """Rows of a pandas frame whose columns are pyarrow's."""
    return [{n: None if is_missing(v) else v for n, v in zip(frame.columns, values)} for values in zip(*(frame[c].tolist() for c in frame.columns))]


def parquet_files(directory): return sorted(glob.glob(f'{glob.escape(directory)}/parquet-files/*.parquet'))


def with_pyarrow(files):
    import pyarrow.parquet as pq
    return [row for f in files for row in pq.read_table(f).to_pylist()]


def with_pyarrow_dataset(files):
    import pyarrow.dataset as ds
    return ds.dataset(files, format='parquet').to_table().to_pylist()


def with_pandas(files):
    import pandas as pd
    return frame_rows(pd.concat([pd.read_parquet(f, dtype_backend='pyarrow') for f in files], ignore_index=True))


def with_polars(files):
    import polars as pl
    return pl.read_parquet(files).to_dicts()


def with_polars_lazily(files):
    import polars as pl
    return pl.scan_parquet(files).collect(engine='streaming').to_dicts()


def with_duckdb(files):
    import duckdb
    table = duckdb.sql(f'select * from read_parquet({files!r})')
    names = table.columns
    return [dict(zip(names, row)) for row in table.fetchall()]


def with_fastparquet(files, names):
    import fastparquet
    out = []
    for f in files:
        frame = fastparquet.ParquetFile(f).to_pandas(columns=names)
        out += [dict(zip(frame.columns, values)) for values in zip(*(frame[c].tolist() for c in frame.columns))]
    return out


def with_datasets(files):
    from datasets import load_dataset
    return load_dataset('parquet', data_files=files, split='train').to_list()


def from_polars(value):
    return value.decode() if isinstance(value, bytes) else value


def checks_of(folder, name, made):
    exported = expected(folder, name)
    rows = exported[:made['published']]
    files = parquet_files(made['directory'])
    text_file = made['exports']['JSON as text']
    nested = made['maps'] + made['json']
    if len(exported) > len(rows): yield 'export', f'{name}: has rows of unfinished row groups', lambda: None

    def compare(reader, what, load, rows=rows, **how):
        def check(): return difference(rows, load(), made, **how)
        return reader, f'{name}: {what}', check

    def of_polars(load): return lambda files: [{k: from_polars(v) for k, v in row.items()} for row in load(files)]
    readers = [('pyarrow', with_pyarrow, pairs), ('pyarrow.dataset', with_pyarrow_dataset, pairs), ('pandas', with_pandas, pairs),
        ('polars', of_polars(with_polars), pairs), ('polars, lazily', of_polars(with_polars_lazily), pairs), ('duckdb', with_duckdb, None)]
    for reader, load, maps in readers:
        yield compare(reader, 'files of the directory', lambda load=load: load(files), maps=maps)
        yield compare(reader, 'Parquet export', lambda load=load: load([made['exports']['parquet']]), exported, maps=maps)
        yield compare(reader, 'Parquet export, JSON as text', lambda load=load: load([text_file]), exported, maps=maps)
    yield 'fastparquet', f'{name}: flat columns of the directory', lambda: flat(rows, files, nested)
    if made['maps']: return
    yield compare('datasets', 'load_dataset of the directory', lambda: load_directory(made['directory']))
    yield compare('datasets', 'streamed from the directory', lambda: load_directory(made['directory'], streaming=True))
    yield compare('datasets', 'Parquet export', lambda: with_datasets([made['exports']['parquet']]), exported)
    yield 'datasets', f'{name}: JSON Lines export', lambda: json_lines(exported, made['exports']['jsonl'])
    yield 'csv', f'{name}: CSV export', lambda: csv_export(exported, made)
    if made['processor']: yield 'datasets', f'{name}: the folder of a processor', lambda: processor(made['processor'], len(rows))


def load_directory(directory, streaming=False):
    from datasets import load_dataset
    loaded = load_dataset(directory, split='train', streaming=streaming)
    return list(loaded) if streaming else loaded.to_list()


def flat(rows, files, nested):
    """Columns of plain values: fastparquet takes structs apart, and fails at lists in dictionary pages of version 2 that have no null, those of pyarrow too."""
    names = [n for n in rows[0] if n not in nested and all(not isinstance(r[n], (dict, list)) for r in rows)]
    got = with_fastparquet(files, names)
    if len(rows) != len(got): return f'{len(got)} rows of {len(rows)}'
    for number, (want, have) in enumerate(zip(rows, got)):
        for name in names:
            value = plain(None if is_missing(have[name]) else have[name])
            if not same(want[name], value, loose=want[name] is None or isinstance(value, float)): return f'row {number}, {name!r}: {value!r} for {want[name]!r}'
    return None


def json_lines(rows, path):
    from datasets import load_dataset
    got = load_dataset('json', data_files=path, split='train').to_list()
    # Times are times to this reader.
    names = [n for n in rows[0] if n != 'day']
    for number, (want, have) in enumerate(zip(rows, got)):
        for name in names:
            if not same(want[name], plain(have[name]), loose=True): return f'row {number}, {name!r}: {plain(have[name])!r} for {want[name]!r}'
    return None if len(rows) == len(got) else f'{len(got)} rows of {len(rows)}'


def csv_export(rows, made):
    with open(made['exports']['csv'], newline='') as f: head, *lines = csv.reader(f)
    if head != list(rows[0]): return f'columns {head}'
    for number, (want, line) in enumerate(zip(rows, lines)):
        for name, text in zip(head, line):
            value = want[name]
            if isinstance(value, (dict, list)): fine = same(value, plain(json.loads(text)), loose=True)
            elif isinstance(value, bool): fine = text == str(value).lower()
            elif isinstance(value, float): fine = float(text) == value
            else: fine = text == ('' if value is None else str(value))
            if not fine: return f'row {number}, {name!r}: {text!r} for {value!r}'
    return None if len(rows) == len(lines) else f'{len(lines)} rows of {len(rows)}'


def processor(path, count):
    from datasets import load_dataset
    got = len(load_dataset('parquet', data_files=f'{path}/*.parquet', split='train'))
    return None if got == count else f'{got} rows of {count}'


def main(folder):
    for path in sorted(glob.glob(f'{folder}/*.json')):
        name = os.path.basename(path)[:-len('.json')]
        with open(path) as f: made = json.load(f)
        for reader, check, run in checks_of(folder, name, made):
            try: why = run()
            except Exception as error: why = f'{type(error).__name__}: {error}'[:300]
            print(json.dumps({'client': reader, 'check': check, 'why': why}))
            sys.stdout.flush()


main(sys.argv[1])
