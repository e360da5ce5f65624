"""One cell of the grid with Data Designer, through its public interface: `python grid-reference.py JOB` prints one JSON object."""

import json
import resource
import sys
import time

from data_designer.config.config_builder import DataDesignerConfigBuilder
from data_designer.config.models import ModelProvider
from data_designer.interface.data_designer import DataDesigner

job = json.loads(sys.argv[1])
provider = ModelProvider(name="bench", endpoint=job["endpoint"], provider_type="openai", api_key="none")
designer = DataDesigner(artifact_path=job["artifacts"], model_providers=[provider])
builder = DataDesignerConfigBuilder.from_config(job["config"])


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
