"""Footnoted as a part of other frameworks, each with a package of its own to install.

    langchain    a retriever for LangChain (the extra `langchain`)
    llama_index  a retriever and a query engine for LlamaIndex (the extra `llama-index`)

In:  an open `Assistant`. Out: what a framework calls. Nothing else of Footnoted imports these.
"""

__all__ = ["langchain", "llama_index"]
