"""The web chat and the APIs for programs: they show what the assistant does and decide nothing.

    server      a port, Gradio behind the middleware, the APIs that are turned on
    splash      the page that answers until the chat is there
    health      whether questions are answered, for whoever keeps the server running
    originals   the files that articles were read from, opened from the page
    layout/     Gradio's components, laid out and wired to the handlers
    handlers/   event functions: what a click, a question or a tick of the clock changes
    services/   the state behind them, without Gradio: start-up, chat, history, updates, evaluation
    views/      that state as HTML and Markdown in which no foreign text can act
    templates/  the HTML, as Jinja2 templates
    static/     style, script and icon of the page
    middleware/ what reaches the server: the request guard, the login, idle connections
    apis/       answers for programs: Gradio's API, MCP, OpenAI's chat completions

From top to bottom: server -> layout -> handlers -> views, services. Only `server`, `layout`,
`handlers` and `apis.gradio_mcp` know Gradio. `import rag` loads nothing of this package.
"""

__all__ = ["health", "originals", "server", "splash"]
