"""From a draft to an answer whose every sentence has a supporting quote.

claims        a draft as claims, each with the passages it cites
requirements  what a quote must contain to support a claim
support       the quotes that support a claim; attribution: who a sentence says said it
citations     a draft with sentences and numbered citations; rendering: how they are shown
conflicts     another article's account of the same fact
verifier      the model's own verdict; calibration: the probability that follows from it;
              confidence_text: that probability, and what is promised, in words
review        all of this for one draft: `AnswerReviewer`; answer: the `Answer` of a question
"""

__all__ = [
    "answer",
    "attribution",
    "calibration",
    "citations",
    "claims",
    "confidence_text",
    "conflicts",
    "rendering",
    "requirements",
    "review",
    "support",
    "verifier",
]
