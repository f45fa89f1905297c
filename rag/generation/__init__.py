"""What the language model generates besides verification.

draft        the draft of an answer, token by token
prefill      passages processed ahead of questions
suggestions  example questions for an index
"""

__all__ = ["draft", "prefill", "suggestions"]
