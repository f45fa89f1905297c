"""The web chat: shows what the assistant does, decides nothing.

    serve   the port, the server and its guard; the only door into this room
    guard   what may reach the server over HTTP
    login   names and passwords, where they are asked
    patience  connections on which nothing is asked are shut
    page    Gradio's components, laid out and wired
    chat    what happens when they are used
    reading what happens when articles are looked through or opened
    asking  one question, from its place in the line to its answer
    endpoint  the answer for programs: Gradio's API, an MCP tool
    completions  the answer for programs: OpenAI's chat completions
    refusals  what a request is refused with
    desk    the start-up, in the background: index, models, example questions
    talk    a conversation as values, and the step from event to event
    keeping exchanges, and where they are kept
    album   what happens when kept conversations are opened, deleted, taken away or judged
    kept_room  their part of the page, laid out and wired
    kept    them as a list
    standing  whether what an answer rests on still stands in the index
    filters the dates and outlets that a question was asked within
    render  those values as chat messages
    panel   those values as cards of sources
    article one article, whole, with the place that an answer rests on
    changing  what happens when articles are added or removed
    stock   articles added, removed and indexed anew, in the background
    work    how far that is, as a value and as HTML
    shelf   the articles of the index as a list
    measure the tab that runs a question set
    trial   that run, in the background
    notices fixed words, and the status line

Only `serve`, `page`, `chat`, `reading`, `album`, `kept_room`, `changing`, `measure` and `endpoint`
know Gradio. Nothing here is loaded by `import rag`.
"""
