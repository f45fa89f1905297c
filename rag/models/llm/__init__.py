"""The language model: everything outside is written against `base.LanguageModel`.

Prompts are laid out by `chat_template`. `client` runs the model in a worker process: `connection`
and `worker` are the two ends of the pipe, `protocol` its messages; `build_check` finds out which
kernels work here. In the worker, `local` is the model, `engine` the only importer of llama.cpp,
`prefix_cache` and `lru` keep what was computed. `scripted` is the fake for tests.
"""
