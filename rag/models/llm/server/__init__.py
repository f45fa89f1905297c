"""A language model on an OpenAI-compatible server: llama-server, vLLM, Ollama, LM Studio, others.

model         the `LanguageModel`: calls from any thread, each with a deadline, tried again
connection    one streamed completion over HTTP, and the list of the server's models
completion    the events of a completion to tokens; what a server may not say
event_stream  server-sent events from bytes
messages      a prompt as chat messages
faults        every way in which a server can fail, and its line
"""
