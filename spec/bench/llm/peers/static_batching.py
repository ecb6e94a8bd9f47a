"""A peer of `npm run bench -- llm`: onnxruntime-genai, whose batches begin and end together. `python static_batching.py MODEL THREADS`."""

import json
import sys
import time

import numpy
import onnxruntime_genai

config = onnxruntime_genai.Config(sys.argv[1])
config.overlay(json.dumps({"model": {"decoder": {"session_options": {"intra_op_num_threads": int(sys.argv[2])}}}}))
model = onnxruntime_genai.Model(config)
print(json.dumps("ready"), flush=True)

for line in sys.stdin:
    requests = json.loads(line)
    prompts = numpy.array([request["prompt"] for request in requests], dtype=numpy.int32)
    answer = max(request["answer"] for request in requests)
    parameters = onnxruntime_genai.GeneratorParams(model)
    parameters.set_search_options(batch_size=len(requests), do_sample=False, max_length=prompts.shape[1] + answer, min_length=prompts.shape[1] + answer)
    times, began = [], time.perf_counter()
    generator = onnxruntime_genai.Generator(model, parameters)
    generator.append_tokens(prompts)
    while len(times) < answer:
        generator.generate_next_token()
        times.append(time.perf_counter() - began)
    del generator
    print(json.dumps([times] * len(requests)), flush=True)
