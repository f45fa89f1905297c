"""Every text that a language model reads: templates, few-shot examples, articles made safe.

`templates` lays out a prompt for each task (answer, verify, rewrite, suggest) as a `Prompt`;
`few_shot` has the examples in them; `injection` finds what in an article speaks to a machine and
takes it out of what the model sees. Left to others: chat templates and tokens (`rag.models.llm`).
"""

from rag.prompts.injection import injection_spans, sanitize_for_prompt
from rag.prompts.templates import (
    answer_prompt,
    question_prompt,
    rewrite_prompt,
    verification_prompt,
)

__all__ = [
    "answer_prompt",
    "injection_spans",
    "question_prompt",
    "rewrite_prompt",
    "sanitize_for_prompt",
    "verification_prompt",
]
