"""Answers for programs, each API only where `RAG_APIS` names it.

    gradio_mcp               Gradio's API (`/answer`), and a tool of the Model Context Protocol
    openai                   OpenAI's chat completions
    chat_completion_request  the body of a request to it, as pydantic models
    http_errors              the form in which requests are rejected

All put their questions into the same queue as the page (`rag.web.services.questions`).
"""

__all__ = ["chat_completion_request", "gradio_mcp", "http_errors", "openai"]
