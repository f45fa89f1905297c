"""Training of the reader, the small model that judges evidence. Nothing here runs in an answer.

rag/training/examples.py     question sets and claim sets on disk -> examples
rag/training/near_misses.py  answerable examples -> unanswerable ones that look like them
rag/training/news.py         invented news (news.toml) -> examples about editions, roles, and dates
rag/training/orders.py       answerable examples -> the same with a planted order
rag/training/roles.py        passages -> examples about who did something to whom
rag/training/features.py     examples -> token numbers and labels
rag/training/losses.py       logits and labels -> what a step lowers
rag/training/measures.py     figures on held-out pairs
rag/training/reader.py       the training run: `python -m rag.training.reader`
"""
