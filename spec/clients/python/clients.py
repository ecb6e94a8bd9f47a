"""OpenAI's Python client and plain `requests` against a live server with the demo model.

Starts `dist/cli/index.js serve --rest_port 0`, runs every check below, stops the server with SIGTERM and expects it to exit 0.
Exits 1 when a check fails.
"""

import json
import os
import re
import signal
import subprocess
import sys
import traceback

import openai
import requests

MODEL = "demo-chat"
SAY = [{"role": "user", "content": "Say this is a test"}]


def start_server():
    """The process and its base address, once it says that it is ready."""
    server = subprocess.Popen(
        ["node", "dist/cli/index.js", "serve", "--rest_port", "0", "--rest_bind_address", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    for line in server.stdout:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found and requests.get(found[0] + "/v2/health/live", timeout=10).ok:
            wait_until_ready(found[0])
            return server, found[0]
    raise SystemExit(f"the server ended with {server.wait()} before it was ready")


def wait_until_ready(address):
    """The retries of the client's own adapter wait for the models: 503 until they are loaded."""
    session = requests.Session()
    retries = requests.adapters.Retry(total=200, backoff_factor=0.1, backoff_max=0.5, status_forcelist=[503])
    session.mount("http://", requests.adapters.HTTPAdapter(max_retries=retries))
    session.get(address + "/v2/health/ready", timeout=60).raise_for_status()


def chat_unary(client, address):
    answer = client.chat.completions.create(model=MODEL, messages=SAY, temperature=0)
    assert answer.object == "chat.completion" and answer.id and answer.model == MODEL
    assert "this is a test" in answer.choices[0].message.content.lower(), answer
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def chat_streamed_is_the_same_text(client, address):
    unary = client.chat.completions.create(model=MODEL, messages=SAY, temperature=0)
    chunks = list(client.chat.completions.create(model=MODEL, messages=SAY, temperature=0, stream=True))
    assert len({chunk.id for chunk in chunks}) == 1
    assert chunks[0].choices[0].delta.role == "assistant"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == unary.choices[0].message.content, text
    assert chunks[-1].choices[0].finish_reason == "stop"


def chat_stream_with_usage(client, address):
    options = {"include_usage": True}
    chunks = list(client.chat.completions.create(model=MODEL, messages=SAY, stream=True, stream_options=options))
    assert chunks[-1].choices == [] and chunks[-1].usage.completion_tokens > 0


def completion_unary_and_streamed(client, address):
    request = {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 12, "temperature": 0}
    unary = client.completions.create(**request)
    assert unary.object == "text_completion" and unary.choices[0].text
    streamed = "".join(chunk.choices[0].text for chunk in client.completions.create(**request, stream=True) if chunk.choices)
    assert streamed == unary.choices[0].text


def seeded_sampling_repeats(client, address):
    def answer(seed):
        request = {"model": MODEL, "prompt": "Once upon a time", "max_tokens": 24, "temperature": 1.5, "seed": seed}
        return client.completions.create(**request).choices[0].text

    assert answer(7) == answer(7)
    assert len({answer(seed) for seed in range(8)}) > 1


def extra_body_fields(client, address):
    answer = client.chat.completions.create(model=MODEL, messages=SAY, max_tokens=100, extra_body={"top_k": 1}, stream=False)
    assert answer.choices[0].message.content


def leaving_a_stream_leaves_the_server_serving(client, address):
    for _ in range(4):
        stream = client.chat.completions.create(model=MODEL, messages=SAY, stream=True)
        next(iter(stream))
        stream.close()
    chat_unary(client, address)


def unknown_model(client, address):
    try:
        client.chat.completions.create(model="no-such-model", messages=SAY)
    except openai.NotFoundError as error:
        assert error.status_code == 404 and error.code == "model_not_found"
    else:
        raise AssertionError("an unknown model was answered")


def wrong_fields(client, address):
    for field, value in [("temperature", 9), ("max_tokens", "many"), ("n", 0), ("stop", 3)]:
        try:
            client.chat.completions.create(model=MODEL, messages=SAY, extra_body={field: value})
        except openai.BadRequestError as error:
            assert error.param == field, (field, error.body)
        else:
            raise AssertionError(f"{field}: {value!r} was accepted")


def models_are_listed(client, address):
    assert MODEL in [model.id for model in client.models.list()]
    assert client.models.retrieve(MODEL).object == "model"


def plain_requests(client, address):
    for prefix in ("/v3", "/v1"):
        answer = requests.post(
            f"{address}{prefix}/chat/completions",
            json={"model": MODEL, "messages": SAY},
            headers={"Content-Type": "application/json", "Authorization": "not used"},
            timeout=60,
        )
        assert answer.status_code == 200 and answer.json()["choices"][0]["message"]["content"], answer.text


def plain_requests_stream(client, address):
    body = {"model": MODEL, "messages": SAY, "stream": True}
    with requests.post(f"{address}/v3/chat/completions", json=body, stream=True, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines(decode_unicode=True) if line]
    assert lines[-1] == "data: [DONE]"
    assert all(json.loads(line.removeprefix("data: "))["object"] == "chat.completion.chunk" for line in lines[:-1])


CHECKS = [
    chat_unary,
    chat_streamed_is_the_same_text,
    chat_stream_with_usage,
    completion_unary_and_streamed,
    seeded_sampling_repeats,
    extra_body_fields,
    leaving_a_stream_leaves_the_server_serving,
    unknown_model,
    wrong_fields,
    models_are_listed,
    plain_requests,
    plain_requests_stream,
]


def main():
    server, address = start_server()
    client = openai.OpenAI(base_url=f"{address}/v3", api_key="unused", max_retries=0)
    failed = 0
    for check in CHECKS:
        try:
            check(client, address)
            print("ok  ", check.__name__)
        except Exception:
            failed += 1
            print("FAIL", check.__name__)
            traceback.print_exc()
    client.close()
    os.kill(server.pid, signal.SIGTERM)
    code = server.wait(timeout=30)
    print(f"{len(CHECKS) - failed} of {len(CHECKS)} checks passed; the server exited with {code}")
    sys.exit(1 if failed or code != 0 else 0)


if __name__ == "__main__":
    main()
