"""`python app.py` is `rag serve`: the web chat on http://127.0.0.1:7860."""

import sys

from rag.cli import main

if __name__ == "__main__":
    raise SystemExit(main(["serve", *sys.argv[1:]]))
