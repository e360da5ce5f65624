"""One cell of the grid with Data Designer, through its public interface: `python grid-reference.py JOB` prints one JSON object."""

import json
import resource
import sys
import time

from data_designer.config.column_configs import CustomColumnConfig
from data_designer.config.config_builder import DataDesignerConfigBuilder
from data_designer.config.custom_column import custom_column_generator
from data_designer.config.mcp import LocalStdioMCPProvider
from data_designer.config.models import ModelProvider
from data_designer.interface.data_designer import DataDesigner

job = json.loads(sys.argv[1])
provider = ModelProvider(name="bench", endpoint=job["endpoint"], provider_type="openai", api_key="none")
tools = LocalStdioMCPProvider(**job["tools"])
designer = DataDesigner(artifact_path=job["artifacts"], model_providers=[provider], mcp_providers=[tools])


@custom_column_generator(required_columns=["id"], model_aliases=["writer"])
async def write(row, generator_params, models):
    row["a"], _ = await models["writer"].agenerate(prompt=f"Write about {row['id']}.")
    return row


# A function cannot stand in JSON: a column that names one is added by hand.
with open(job["config"]) as file:
    config = json.load(file)
custom = [column for column in config["columns"] if column["column_type"] == "custom"]
config["columns"] = [column for column in config["columns"] if column["column_type"] != "custom"]
builder = DataDesignerConfigBuilder.from_config(config)
for column in custom:
    builder.add_column(CustomColumnConfig(name=column["name"], generator_function=write))


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


cpu, began = cpu_seconds(), time.perf_counter()
results = designer.create(builder, num_records=job["records"], dataset_name="grid")
seconds, used = time.perf_counter() - began, cpu_seconds() - cpu
print(
    json.dumps(
        {
            "rows": results.count_records(),
            "seconds": seconds,
            "cpu_seconds": used,
            "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        }
    )
)
