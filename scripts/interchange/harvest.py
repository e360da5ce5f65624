"""Collects configs that Data Designer's own documentation and tests build, with the hash it gives each.

Called as `python harvest.py FOLDER OUT`: runs the Python files and the Python blocks of the pages of a checkout, and writes one JSON
object a line: "source", "hash", "config" (JSON text, in which 1.0 is not 1). No dataset is made: where one would be, the config is taken
and the file is left. As a pytest plugin (`pytest -p harvest`, with HARVEST_OUT set) it collects what tests make or hash; a test has 20
seconds. Every builder that is left behind is built. What fails is passed over.
"""

import inspect
import json
import os
import re
import runpy
import signal
import sys
import tempfile
import textwrap
from pathlib import Path

import pandas
from data_designer.config.config_builder import DataDesignerConfigBuilder
from data_designer.config.data_designer_config import DataDesignerConfig
from data_designer.interface.data_designer import DataDesigner

build_config = DataDesignerConfigBuilder.build
make_builder = DataDesignerConfigBuilder.__init__
make_config = DataDesignerConfig.__init__
hash_config = DataDesignerConfig.fingerprint
out = None
source = "?"
seen = set()
builders = []


def build(self, *args, **options):
    config = build_config(self, *args, **options)
    keep(config)
    return config


def begin(self, *args, **options):
    make_builder(self, *args, **options)
    builders.append(self)


def make(self, *args, **options):
    make_config(self, *args, **options)
    keep_read(self)


def fingerprint(self):
    keep_read(self)
    return hash_config(self)


def keep_read(config):
    """A config made past the builder, which marks dropped columns: what Data Designer makes of it as a file."""
    DataDesignerConfig.__init__ = make_config
    try:
        keep(build_config(DataDesignerConfigBuilder.from_config(config.to_dict())))
    except Exception:
        pass
    finally:
        DataDesignerConfig.__init__ = make


def keep(config):
    try:
        found = json.dumps(config.to_dict(), sort_keys=True), hash_config(config)["config_hash"]
    except Exception:
        return
    if found not in seen:
        seen.add(found)
        line = {"source": source, "hash": found[1], "config": json.dumps(config.to_dict())}
        with open(out, "a") as file:
            file.write(json.dumps(line) + "\n")


class Taken(BaseException):
    """A config was taken where a dataset would be made."""


def take(_designer, builder, *_args, **_options):
    builder.build()
    raise Taken


def late(*_):
    raise Taken


def trying(work):
    signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    try:
        return work()
    except BaseException:
        return None
    finally:
        signal.alarm(0)


def builders_in(values):
    for value in list(values):
        if isinstance(value, DataDesignerConfigBuilder):
            trying(value.build)


def run_page(text):
    names = {"__name__": "page"}
    for block in re.findall(r"```python[^\n]*\n(.*?)```", text, re.S):
        trying(lambda: exec(compile(textwrap.dedent(block), "page", "exec"), names))
        builders_in(names.values())


def run_file(path, seed):
    sys.argv = [str(path)]
    names = trying(lambda: runpy.run_path(str(path), run_name="file")) or {}
    for name, function in list(names.items()):
        if inspect.isfunction(function) and re.search("build|config|create|main", name):
            given = {each.name: value_for(each, seed) for each in inspect.signature(function).parameters.values()}
            builders_in([trying(lambda: function(**given))])
    builders_in(names.values())


def value_for(parameter, seed):
    if parameter.default is not inspect.Parameter.empty:
        return parameter.default
    return seed if re.search("path|seed", parameter.name) else 2 if "int" in str(parameter.annotation) else "nvidia-text"


def main(folder, target):
    global out, source
    out = target
    DataDesigner.create = DataDesigner.preview = DataDesigner.validate = take
    os.chdir(tempfile.mkdtemp())
    Path("seed.csv").write_text("a,b\n1,2\n")
    pandas.read_csv("seed.csv").to_parquet("seed.parquet")
    seed = str(Path("seed.csv").resolve())
    for path in sorted(Path(folder).rglob("*")):
        source = str(path.relative_to(folder))
        if not path.is_file() or "packages" in path.relative_to(folder).parts:
            continue
        if path.suffix in (".md", ".mdx"):
            run_page(path.read_text(errors="replace"))
        elif path.suffix == ".py":
            run_file(path, seed)
        build_left()


def build_left():
    """Builds every builder that was made and left behind."""
    builders_in(builders)
    builders.clear()


def pytest_runtest_setup(item):
    global source
    source = item.nodeid
    signal.signal(signal.SIGALRM, late)
    signal.alarm(20)


def pytest_runtest_teardown():
    build_left()


DataDesignerConfigBuilder.build = build
DataDesignerConfigBuilder.__init__ = begin
DataDesignerConfig.__init__ = make
DataDesignerConfig.fingerprint = fingerprint
if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), str(Path(sys.argv[2]).resolve()))
else:
    out = os.environ["HARVEST_OUT"]
