"""What programs can call, each API only where `RAG_APIS` names it.

    endpoints                what there is to call: answer, search, fetch, quote, check, timeline
    gradio_mcp               Gradio's API and the Model Context Protocol, over the endpoints
    openai                   OpenAI's chat completions
    chat_completion_request  the body of a request to it, as pydantic models
    chat_completion          its response, whole or in chunks
    http_errors              the form in which requests are rejected

What models read waits in the same queue as the page (`rag.web.services.questions`).
"""

__all__ = [
    "chat_completion",
    "chat_completion_request",
    "endpoints",
    "gradio_mcp",
    "http_errors",
    "openai",
]
