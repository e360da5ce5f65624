"""The Python clients of `npm run clients`: prints one line of JSON per check."""

import json
import os
from typing import List

import openai
from pydantic import BaseModel, Field

URL = os.environ["SIMULATOR_URL"]
MESSAGES = [{"role": "user", "content": "Say something about kettles."}]
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 1, "maximum": 3}},
    "required": ["city", "days"],
    "additionalProperties": False,
}
TOOL = {"type": "function", "function": {"name": "weather", "description": "tells it", "parameters": WEATHER}}


class Inner(BaseModel):
    tags: List[str]


class Answer(BaseModel):
    city: str
    days: int = Field(ge=1, le=3)
    inner: Inner


def told(client, check, act):
    why = None
    try:
        act()
    except BaseException as error:  # noqa: BLE001
        why = f"{type(error).__name__}: {error}".replace("\n", " ")[:300]
    print(json.dumps({"client": client, "check": check, "why": why}), flush=True)


def fits(value):
    assert isinstance(value["city"], str) and 1 <= value["days"] <= 3, value


def refused(act, kind=openai.BadRequestError):
    try:
        act()
    except kind as error:
        return error
    raise AssertionError("It was not refused.")


def with_openai():
    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="none", max_retries=0)

    def chat(**more):
        return client.chat.completions.create(**{"model": "gpt-4o", "messages": MESSAGES, **more})

    def text():
        reply = chat()
        assert reply.choices[0].message.content and reply.choices[0].message.refusal is None
        assert reply._request_id.startswith("req_") and reply.created > 1.7e9

    def choices():
        reply = chat(n=2, logprobs=True, top_logprobs=2, stop=[". "])
        assert len(reply.choices) == 2 and ". " not in reply.choices[0].message.content
        assert len(reply.choices[0].logprobs.content[0].top_logprobs) == 2

    def stream():
        parts = [chunk for chunk in chat(stream=True, stream_options={"include_usage": True})]
        assert len(parts) > 3 and parts[-1].usage.total_tokens > 0

    def parse():
        reply = client.chat.completions.parse(model="gpt-4o", messages=MESSAGES, response_format=Answer)
        assert isinstance(reply.choices[0].message.parsed, Answer)

    def tools():
        call = chat(tools=[TOOL]).choices[0].message
        fits(json.loads(call.tool_calls[0].function.arguments))
        result = {"role": "tool", "tool_call_id": call.tool_calls[0].id, "content": "Sunny"}
        assert chat(tools=[TOOL], messages=[*MESSAGES, call, result]).choices[0].finish_reason == "stop"

    def bad():
        assert refused(lambda: chat(messages=[{"role": "banana", "content": "x"}])).code == "invalid_value"
        assert refused(lambda: chat(temperature=5)).param == "temperature"
        assert refused(lambda: client.fine_tuning.jobs.list(), openai.NotFoundError).code == "unknown_url"

    def respond(**more):
        return client.responses.create(**{"model": "gpt-4o", "input": "Hello", **more})

    def responses():
        reply = respond()
        assert reply.output_text and reply.status == "completed" and reply.usage.total_tokens > 0
        assert respond(previous_response_id=reply.id).previous_response_id == reply.id
        refused(lambda: respond(previous_response_id="resp_nobody"))

    def responses_parse():
        assert isinstance(client.responses.parse(model="gpt-4o", input="x", text_format=Answer).output_parsed, Answer)

    def responses_stream():
        with client.responses.stream(model="gpt-4o", input="x") as events:
            assert [event.type for event in events][-1] == "response.completed"
            assert events.get_final_response().output_text

    def responses_tools():
        flat = [{"type": "function", "name": "weather", "parameters": WEATHER, "strict": True}]
        call = respond(tools=flat).output[0]
        fits(json.loads(call.arguments))
        output = {"type": "function_call_output", "call_id": call.call_id, "output": "Sunny"}
        assert respond(tools=flat, input=[{"role": "user", "content": "x"}, call, output]).output_text

    def rest():
        assert len(client.embeddings.create(model="e", input=["a", "b"]).data) == 2
        assert client.images.generate(model="gpt-image-1", prompt="x").usage.input_tokens_details.text_tokens > 0
        assert client.images.generate(model="dall-e-3", prompt="x", response_format="url").data[0].url.startswith("http")
        pictures = client.images.generate(model="gpt-image-1", prompt="x", stream=True, partial_images=1)
        assert [event.type for event in pictures][-1] == "image_generation.completed"
        assert client.models.retrieve("m").id == "m" and client.models.list().data
        assert client.moderations.create(input="x").results[0].flagged is False
        assert client.completions.create(model="m", prompt="x").choices[0].text

    for check, act in {
        "a text, with the fields that the types demand": text,
        "n, stop, logprobs": choices,
        "a stream, with usage": stream,
        "parsed by pydantic": parse,
        "tools": tools,
        "bad requests are refused": bad,
        "responses: a text, and going on from it": responses,
        "responses: parsed by pydantic": responses_parse,
        "responses: streamed": responses_stream,
        "responses: tools": responses_tools,
        "embeddings, pictures, models, moderations, completions": rest,
    }.items():
        told("openai (Python)", check, act)


def with_instructor():
    import instructor

    client = openai.OpenAI(base_url=f"{URL}/v1", api_key="none", max_retries=0)
    for name in ["TOOLS", "TOOLS_STRICT", "JSON", "MD_JSON", "JSON_SCHEMA", "PARALLEL_TOOLS", "RESPONSES_TOOLS", "FUNCTIONS"]:
        if not hasattr(instructor.Mode, name):
            continue

        def ask(name=name):
            patched = instructor.from_openai(client, mode=instructor.Mode[name])
            from typing import Iterable

            model = Iterable[Answer] if name == "PARALLEL_TOOLS" else Answer
            reply = patched.chat.completions.create(
                model="gpt-4o", messages=MESSAGES, response_model=model, max_retries=0
            )
            reply = next(iter(reply)) if name == "PARALLEL_TOOLS" else reply
            assert isinstance(reply, Answer)

        told("instructor", name, ask)


def with_langchain():
    from langchain_core.output_parsers import PydanticOutputParser
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    base = {"model": "gpt-4o", "base_url": f"{URL}/v1", "api_key": "none", "max_retries": 0}
    schema = f"Answer in JSON by this schema: {json.dumps(Answer.model_json_schema())}"

    def structured(**more):
        model = ChatOpenAI(**base)
        assert isinstance(model.with_structured_output(Answer, **more).invoke(schema), Answer)

    def tools(**more):
        bound = ChatOpenAI(**base, **more).bind_tools([TOOL])
        reply = bound.invoke("Hello")
        fits(reply.tool_calls[0]["args"])
        result = {"role": "tool", "tool_call_id": reply.tool_calls[0]["id"], "content": "Sunny"}
        assert bound.invoke([("user", "Hello"), reply, result]).text

    def parser():
        answer = PydanticOutputParser(pydantic_object=Answer)
        assert isinstance((ChatOpenAI(**base) | answer).invoke(answer.get_format_instructions()), Answer)

    for check, act in {
        "a text": lambda: ChatOpenAI(**base).invoke("Hello").usage_metadata["total_tokens"],
        "a text streamed": lambda: list(ChatOpenAI(**base, stream_usage=True).stream("Hello"))[3],
        "responses": lambda: ChatOpenAI(**base, use_responses_api=True).invoke("Hello").text[20],
        "responses streamed": lambda: list(ChatOpenAI(**base, use_responses_api=True).stream("Hello"))[3],
        "structured: json_schema": lambda: structured(method="json_schema"),
        "structured: json_mode": lambda: structured(method="json_mode"),
        "structured: function_calling": lambda: structured(method="function_calling"),
        "structured: a parser's instructions in the prompt": parser,
        "tools": tools,
        "tools over responses": lambda: tools(use_responses_api=True),
        "logprobs": lambda: ChatOpenAI(**base, logprobs=True).invoke("x").response_metadata["logprobs"]["content"][0],
        "embeddings": lambda: OpenAIEmbeddings(
            model="e", base_url=f"{URL}/v1", api_key="none", check_embedding_ctx_length=False
        ).embed_query("x")[0],
    }.items():
        told("langchain-openai", check, act)


def with_litellm():
    import litellm

    litellm.num_retries = 0
    vendors = {
        "openai": {"model": "openai/gpt-4o", "api_base": f"{URL}/v1", "api_key": "none"},
        "anthropic": {"model": "anthropic/claude-sonnet-4-5", "api_base": URL, "api_key": "none"},
        "gemini": {"model": "gemini/gemini-2.5-flash", "api_base": f"{URL}/v1beta/models/gemini-2.5-flash", "api_key": "none"},
    }
    for vendor, base in vendors.items():

        def ask(base=base, **more):
            return litellm.completion(**{"messages": MESSAGES, **base, **more})

        def structured(ask=ask):
            content = ask(response_format=Answer).choices[0].message.content
            assert isinstance(json.loads(content)["city"], str), content

        def tools(ask=ask):
            call = ask(tools=[TOOL]).choices[0].message.tool_calls[0]
            fits(json.loads(call.function.arguments))

        def streamed(ask=ask):
            assert len([chunk for chunk in ask(stream=True)]) > 3

        def bad(ask=ask):
            refused(lambda: ask(temperature=9), Exception)

        for check, act in {
            "a text": lambda ask=ask: ask().choices[0].message.content[20],
            "a text streamed": streamed,
            "structured": structured,
            "tools": tools,
            "a temperature of 9: refused": bad,
        }.items():
            told(f"litellm, {vendor}", check, act)

    def responses():
        reply = litellm.responses(model="openai/gpt-4o", input="Hello", api_base=f"{URL}/v1", api_key="none")
        assert reply.status == "completed" and reply.output

    told("litellm, openai", "responses", responses)
    told(
        "litellm, openai",
        "embeddings",
        lambda: litellm.embedding(model="openai/e", input=["x"], api_base=f"{URL}/v1", api_key="none").data[0],
    )


with_openai()
with_instructor()
with_langchain()
with_litellm()
