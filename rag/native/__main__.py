"""`python -m rag.native`: build llama.cpp for this processor."""

from rag.native.build import main

raise SystemExit(main())
