"""The old name of `python -m rag.evaluation.reports.markdown`."""

import sys

from rag.evaluation.reports.markdown import main

if __name__ == "__main__":
    sys.stderr.write("rag: rag.evaluate.tabulate is now rag.evaluation.reports.markdown\n")
    raise SystemExit(main())
