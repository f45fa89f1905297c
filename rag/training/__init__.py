"""Training of the reader, the small model that judges evidence. Nothing here runs in an answer.

rag/training/examples.py     question sets and claim sets on disk -> examples
rag/training/near_misses.py  answerable examples -> unanswerable ones that look like them
rag/training/news.py         invented news -> examples about editions, roles, and dates
rag/training/features.py     examples -> token numbers and labels
rag/training/reader.py       the training run: `python -m rag.training.reader`
"""
