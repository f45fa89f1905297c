from rag.native.build import main

raise SystemExit(main())
