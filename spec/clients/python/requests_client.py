"""Plain requests."""

import json

import requests

from checks import MODEL, SAY, TEST, run


def make(address):
    return address


def unary_under_both_prefixes(address):
    for prefix in ("/v3", "/v1"):
        headers = {"Content-Type": "application/json", "Authorization": "not used"}
        body = {"model": MODEL, "messages": SAY}
        answer = requests.post(f"{address}{prefix}/chat/completions", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200 and answer.json()["choices"][0]["message"]["content"] == TEST, answer.text


def streamed(address):
    body = {"model": MODEL, "messages": SAY, "stream": True}
    with requests.post(f"{address}/v3/chat/completions", json=body, stream=True, timeout=60) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in answer.iter_lines(decode_unicode=True) if line]
    assert lines.pop() == "data: [DONE]"
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    assert "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks) == TEST


def refused(address):
    answer = requests.post(f"{address}/v3/chat/completions", json={"model": MODEL}, timeout=60)
    assert answer.status_code == 400 and answer.json()["error"]["param"] == "messages"
    answer = requests.post(f"{address}/v3/chat/completions", data="{", timeout=60)
    assert answer.status_code == 400 and "message" in answer.json()["error"]


if __name__ == "__main__":
    run(make, [unary_under_both_prefixes, streamed, refused])
