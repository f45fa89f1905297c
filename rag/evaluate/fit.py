"""The old name of `python -m rag.evaluation.calibrate`."""

import sys

from rag.evaluation.calibrate.__main__ import main

if __name__ == "__main__":
    sys.stderr.write("rag: rag.evaluate.fit is now rag.evaluation.calibrate\n")
    raise SystemExit(main())
