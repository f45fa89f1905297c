"""Benchmarks of speed; each is a command that prints tables in Markdown.

    python -m benchmarks            all, and renews docs/performance.md
    python -m benchmarks.NAME       one of them

Each names the machine and the models. Only ratios between rows of one run carry to another machine.
"""
