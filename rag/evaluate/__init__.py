"""Two commands of version 0.1 under their old names; each names the new one on stderr.

python -m rag.evaluate.fit         is now  python -m rag.evaluation.calibrate
python -m rag.evaluate.tabulate    is now  python -m rag.evaluation.reports.markdown
"""
