"""The other side of `npm run interchange`: Data Designer itself, and what pyarrow says of a dataset.

Called as `python data-designer.py JOB`, JOB being a JSON object whose "do" is "create", "read" or "versions".
Prints one JSON object as the last line of stdout; what Data Designer logs goes to stderr.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path


def create(job):
    """Makes a dataset with Data Designer, or goes on with it, and loads it. An error is an answer too: its text."""
    from data_designer.config.config_builder import DataDesignerConfigBuilder
    from data_designer.config.models import ModelProvider
    from data_designer.config.run_config import RunConfig
    from data_designer.engine.storage.artifact_storage import ResumeMode
    from data_designer.interface.data_designer import DataDesigner

    provider = ModelProvider(name=job["provider"], endpoint=job["endpoint"], provider_type="openai", api_key="none")
    designer = DataDesigner(artifact_path=job["artifacts"], model_providers=[provider])
    designer.set_run_config(RunConfig(buffer_size=job["buffer_size"]))
    try:
        results = designer.create(
            DataDesignerConfigBuilder.from_config(job["config"]),
            num_records=job["records"],
            dataset_name=job["name"],
            resume=ResumeMode(job["resume"]),
        )
        data = results.load_dataset()
        return {
            "path": str(results.artifact_storage.base_dataset_path),
            "rows": len(data),
            "counted": results.count_records(),
            "columns": list(data.columns),
            "processed": {name: len(results.load_processor_dataset(name)) for name in job["processors"]},
        }
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def read(job):
    """What pyarrow says: of each file, and of all of them read as one dataset with the first file's schema."""
    import pyarrow.dataset
    import pyarrow.parquet

    files = sorted(Path(job["folder"]).glob("*.parquet"))
    try:
        table = pyarrow.dataset.dataset([str(file) for file in files], format="parquet").to_table()
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}
    return {
        "files": {file.name: fields(pyarrow.parquet.read_schema(file)) for file in files},
        "rows": table.num_rows,
        "columns": fields(table.schema),
        "values": {name: [str(value) for value in table.column(name).to_pylist()] for name in job["values"]},
    }


def fields(schema):
    return [[field.name, str(field.type)] for field in schema]


def versions(_job):
    return {name: version(name) for name in ["data-designer", "pandas", "pyarrow"]}


if __name__ == "__main__":
    job = json.loads(sys.argv[1])
    print(json.dumps({"create": create, "read": read, "versions": versions}[job["do"]](job)))
