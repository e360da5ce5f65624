"""The steps of `bench/day.ts` with Data Designer, through its public interface: `python day-reference.py JOB` prints one JSON object."""

import json
import sys
from pathlib import Path

import pyarrow.parquet
from data_designer.config.config_builder import DataDesignerConfigBuilder
from data_designer.config.models import ModelProvider
from data_designer.config.run_config import RunConfig
from data_designer.config.seed_source import LocalFileSeedSource
from data_designer.engine.storage.artifact_storage import ResumeMode
from data_designer.interface.data_designer import DataDesigner

job = json.loads(sys.argv[1])
provider = ModelProvider(name="far", endpoint=job["endpoint"], provider_type="openai", api_key="none")
designer = DataDesigner(artifact_path=job["artifacts"], model_providers=[provider])
designer.set_run_config(RunConfig(buffer_size=job["buffer_size"]))


def seeded():
    """By hand: what is there becomes the seed of a config that has nothing but the new judge."""
    files = sorted((Path(job["artifacts"]) / job["seed_dataset"] / "parquet-files").glob("*.parquet"))
    table = pyarrow.parquet.read_table([str(file) for file in files])
    kept = table.drop_columns([name for name in table.column_names if name.startswith("judgement")])
    path = Path(job["artifacts"]) / "without-judgement.parquet"
    pyarrow.parquet.write_table(kept, path)
    return str(path)


def builder():
    made = DataDesignerConfigBuilder.from_config(job["config"])
    return made.with_seed_dataset(LocalFileSeedSource(path=seeded())) if "seed_dataset" in job else made


try:
    if job["do"] == "preview":
        rows = len(designer.preview(builder(), num_records=job["records"]).dataset)
    else:
        mode = ResumeMode(job["resume"])
        made = designer.create(builder(), num_records=job["records"], dataset_name=job["name"], resume=mode)
        rows = made.count_records()
    print(json.dumps({"rows": rows}))
except Exception as error:
    print(json.dumps({"error": f"{type(error).__name__}: {error}"}))
