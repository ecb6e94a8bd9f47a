"""What the document promises beyond what schemathesis checks by itself."""

import re

import schemathesis


@schemathesis.check
def refusals_are_told(ctx, response, case):
    """Data that fits the schema is refused only where the description of the field at fault says when: "Refused …"."""
    if case.meta is None or not case.meta.generation.mode.is_positive or response.status_code != 400:
        return
    error = response.json()["error"]
    body = case.operation.get_body_for_media_type(case.media_type)
    told = {name for name, field in body.raw_schema["properties"].items() if "Refused" in field.get("description", "")}
    # Anthropic's errors name the field in their message alone.
    fields = re.split(r"[.\[]", error["param"])[:1] if "param" in error else re.findall(r"\w+", error["message"])
    assert told.intersection(fields), f"fits its schema and was refused, which no description tells: {error['message']}"
