"""A peer of `npm run bench -- llm`: openvino-genai's continuous batching. `python continuous_batching.py MODEL THREADS PREFIX_CACHING`."""

import json
import sys
import time

import numpy
import openvino
from openvino_genai import ContinuousBatchingPipeline, GenerationConfig, SchedulerConfig

scheduler = SchedulerConfig()
# The defaults of OpenVINO Model Server, but for the cache: that grows with the load there.
scheduler.cache_size = 4
scheduler.max_num_batched_tokens = 256
scheduler.max_num_seqs = 256
scheduler.dynamic_split_fuse = True
scheduler.enable_prefix_caching = sys.argv[3] == "true"
pipeline = ContinuousBatchingPipeline(sys.argv[1], scheduler, "CPU", {"INFERENCE_NUM_THREADS": int(sys.argv[2])})
print(json.dumps("ready"), flush=True)

number = 0
for line in sys.stdin:
    requests = json.loads(line)
    times = [[] for _ in requests]
    handles, coming = {}, sorted(range(len(requests)), key=lambda index: requests[index]["at"])
    began = time.perf_counter()
    while coming or pipeline.has_non_finished_requests():
        while coming and time.perf_counter() - began >= requests[coming[0]]["at"]:
            index = coming.pop(0)
            config = GenerationConfig()
            config.max_new_tokens = requests[index]["answer"]
            config.ignore_eos, config.do_sample = True, False
            number += 1
            prompt = openvino.Tensor(numpy.array([requests[index]["prompt"]], dtype=numpy.int64))
            handles[index] = pipeline.add_request(number, prompt, config)
        if not pipeline.has_non_finished_requests():
            time.sleep(max(0.0, requests[coming[0]]["at"] - (time.perf_counter() - began)))
            continue
        pipeline.step()
        now = time.perf_counter() - began
        for index, handle in list(handles.items()):
            while handle.can_read():
                for output in handle.read().values():
                    times[index] += [now] * len(output.generated_ids)
            if len(times[index]) >= requests[index]["answer"]:
                del handles[index]
    print(json.dumps(times), flush=True)
