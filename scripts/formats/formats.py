"""What datasets and trl make of exports in the formats of trainers: one JSON line per check.

    formats.py FOLDER    with exports.json, a list of {name, format, path, rows}
"""
import glob, hashlib, json, os, sys

import jinja2
from datasets import load_dataset
from jinja2.ext import loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment
from trl.data_utils import extract_prompt, is_conversational, maybe_convert_to_chatml, maybe_extract_prompt
import trl


def check(client, what):
    """Runs a check now; what it raises is why it failed."""
    def run(body):
        try: why = body()
        except Exception as error: why = f'{type(error).__name__}: {error}'[:600]
        print(json.dumps({'client': client, 'check': what, 'why': why or None}), flush=True)
    return run


def written(path):
    with open(path, newline='\n') as lines: return [json.loads(line) for line in lines]


def template():
    """A chat template of trl itself, as transformers renders it."""
    folder = os.path.join(os.path.dirname(trl.__file__), 'chat_templates')
    path = sorted(glob.glob(os.path.join(folder, '*qwen*3*.jinja')) or glob.glob(os.path.join(folder, '*.jinja')))[0]
    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
    def failing(message): raise jinja2.exceptions.TemplateError(message)
    environment.globals['raise_exception'] = failing
    environment.filters['tojson'] = lambda value, **_: json.dumps(value, ensure_ascii=False)
    with open(path) as file: return os.path.basename(path), environment.from_string(file.read())


def same(want, got):
    """Without what a reader adds: no member is invented, none is lost."""
    if isinstance(want, dict): return isinstance(got, dict) and list(want) == list(got) and all(same(want[k], got[k]) for k in want)
    if isinstance(want, list): return isinstance(got, list) and len(want) == len(got) and all(same(a, b) for a, b in zip(want, got))
    return want == got


def conversations(format, row):
    if format == 'openai-chat': return [row['messages']]
    if format in ('prompt-completion', 'kto'): return [row['prompt'] + row['completion']]
    return [row['prompt'] + row['chosen'], row['prompt'] + row['rejected']]


def judge(made, lines, template_name, chat):
    name, format, path, rows = (made[k] for k in ('name', 'format', 'path', 'rows'))
    kind = 'json' if path.endswith('.jsonl') else 'parquet'
    loaded = load_dataset(kind, data_files=path, split='train')

    @check('datasets', f'{name}: every value, and no invented null')
    def _():
        if len(loaded) != rows: return f'{len(loaded)} rows of {rows}'
        for number, (want, got) in enumerate(zip(lines, loaded)):
            if 'tools' in got and 'tools' not in want and got['tools'] is None: del got['tools']
            for key in want:
                if not same(want[key], got.get(key)): return f'row {number}, {key}: {got.get(key)!r} for {want[key]!r}'

    if format == 'alpaca': return

    @check('trl', f'{name}: is conversational')
    def _():
        for row in loaded:
            if format == 'sharegpt': row = maybe_convert_to_chatml(row)
            if not is_conversational(row): return f'not: {row!r}'[:300]

    if format == 'dpo':
        @check('trl', f'{name}: has its prompt')
        def _():
            for row in loaded:
                if maybe_extract_prompt(row) != row: return 'the prompt is taken out again'
                whole = {'chosen': row['prompt'] + row['chosen'], 'rejected': row['prompt'] + row['rejected']}
                if extract_prompt(whole)['prompt'] != row['prompt']: return 'another prompt'
    if format == 'sharegpt': return

    @check('trl', f'{name}: {template_name} renders it')
    def _():
        for row in loaded:
            tools = row.get('tools')
            if isinstance(tools, str): tools = json.loads(tools)
            for messages in conversations(format, row):
                text = chat.render(messages=messages, tools=tools, add_generation_prompt=False)
                for message in messages:
                    for part in [message.get('content')] + [c['function']['name'] for c in message.get('tool_calls') or []]:
                        if part and part.strip() and '</think>' not in part and part.strip() not in text: return f'{part!r} is not in the text'


def judge_splits(folder, kind):
    @check('datasets', f'splits, {kind}: each row once, by the hash of its key')
    def _():
        bounds, lower = {}, 0
        for name, share in (('train', 0.7), ('validation', 0.2), ('test', 0.1)):
            bounds[name] = (lower, lower + share)
            lower += share
        loaded = load_dataset(os.path.join(folder, f'splits-{kind}'))
        if set(loaded) != set(bounds): return f'splits {list(loaded)}'
        seen = []
        for name, rows in loaded.items():
            for row in rows:
                seen.append(row['id'])
                digest = hashlib.sha256(f"\0{row['id']}".encode()).hexdigest()
                place = (int(digest[:14], 16) >> 3) / 2**53
                if not bounds[name][0] <= place < bounds[name][1]: return f'row {row["id"]} at {place} is in {name}'
        if sorted(seen) != list(range(36)): return f'rows {sorted(seen)}'


def main(folder):
    with open(os.path.join(folder, 'exports.json')) as file: exports = json.load(file)
    template_name, chat = template()
    lines = {}
    for made in exports:
        if made['path'].endswith('.jsonl'): lines[made['path'][:-6]] = written(made['path'])
    for kind in ('jsonl', 'parquet'): judge_splits(folder, kind)
    for made in exports:
        judge(made, lines[os.path.splitext(made['path'])[0]], template_name, chat)


main(sys.argv[1])
