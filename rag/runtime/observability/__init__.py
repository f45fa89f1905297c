"""What is told of the work itself, to whoever runs it: never the text of questions or articles.

    stages    `stage`: the one place where the steps of the work are timed
    logs      RAG_LOG=json: every line on stderr is one JSON object
    spans     stages as spans of OpenTelemetry, where that is set up (RAG_TRACES)
    metrics   stages as metrics of Prometheus (RAG_METRICS)

docs/observability.md lists stages, fields and metrics. Nothing leaves the machine by itself.
"""
