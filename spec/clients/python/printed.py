"""Runs pieces of Python that documents print, and tells what each of them printed.

Reads a JSON list of documents, each a list of sources, from standard input. The pieces of a document share their names, as in a
notebook, and the value of a piece that ends in an expression is printed. Writes a list of lists of {"output", "error"}.
"""

import ast
import contextlib
import io
import json
import sys
import traceback


def run(source, names):
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    exec(compile(ast.Module(body, type_ignores=[]), "printed", "exec"), names)
    value = eval(compile(ast.Expression(last.value), "printed", "eval"), names) if last else None
    if value is not None:
        print(value)


def told(source, names):
    output, error = io.StringIO(), None
    with contextlib.redirect_stdout(output):
        try:
            run(source, names)
        except Exception:
            error = traceback.format_exc()
    return {"output": output.getvalue(), "error": error}


def main():
    results = []
    for document in json.load(sys.stdin):
        names = {"__name__": "printed"}
        results.append([told(source, names) for source in document])
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
