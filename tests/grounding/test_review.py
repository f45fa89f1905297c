"""A draft reviewed: when it is verified, withheld, quoted, or shown beside another account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.generation.draft import Draft
from rag.grounding.review import EXTRACTIVE_NOTE, AnswerReviewer, ReviewedDraft, context_order
from rag.grounding.verifier import FEATURES, VerificationPolicy
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.retriever import SubQuestion
from rag.retrieval.search import RetrievalResult
from rag.text.stemming import stem_tokens
from rag.types import Article, Hit, Passage
from tests.conftest import VERIFIER_ALONE

QUESTION = "How much did the bridge over the Sund cost?"
QUOTE = "The bridge over the Sund cost 18 million crowns."
OTHER = "The bridge over the Sund cost 25 million crowns."
ARTICLES = {
    "kurier": Article("kurier", "Bridge", f"It rained. {QUOTE}", source="Kurier"),
    "nordpress": Article("nordpress", "Price", f"{OTHER} It snowed.", source="Nordpress"),
}


class CountingModel(ScriptedModel):
    """Counts the verifications."""

    verifications = 0

    def logit_difference(self, *arguments, **options):
        self.verifications += 1
        return super().logit_difference(*arguments, **options)


@pytest.fixture
def model():
    return CountingModel({})


def review(model, draft_text="The bridge cost 18 million crowns [1].", **options):
    """The review of a draft for QUESTION; options of the reviewer, the question and its article."""
    question, article = options.pop("question", QUESTION), options.pop("article", None)
    hits = tuple(
        Hit(Passage(each.id, 0, len(each.text), each.text), 0.1, 0.5, 1.0)
        for each in ARTICLES.values()
    )
    idf = dict.fromkeys(stem_tokens([question])[0], 1.0)
    evidence = RetrievalResult(hits, idf, cosine=0.5, coverage=1.0)
    settings = {"calibration": VERIFIER_ALONE, "max_wrong": 0.1} | options
    reviewer = AnswerReviewer(model, ARTICLES.__getitem__, **settings)
    draft = Draft(draft_text, context_order(evidence.hits, 1), -0.5, None)
    return reviewer.review(draft, SubQuestion(question, evidence, article))


def test_review_shows_a_supported_draft_beside_the_conflicting_account(model):
    reviewed = review(model)
    assert [each.text for each in reviewed.sentences] == [
        "The bridge cost 18 million crowns.",
        f"Nordpress has it otherwise: {OTHER}",
    ]
    assert [each.quote for each in reviewed.citations] == [QUOTE, OTHER]
    assert tuple(reviewed.signals) == FEATURES
    assert reviewed.signals["min_token_logprob"] == -0.5
    assert model.verifications == 2


def test_review_leaves_out_a_conflicting_account_that_the_model_does_not_confirm(model):
    model.unsupported = "25 million"
    reviewed = review(model)
    assert [each.quote for each in reviewed.citations] == [QUOTE]
    assert model.verifications == 2


def test_review_withholds_a_draft_of_low_confidence(model):
    model.log_odds = -5.0
    reviewed = review(model)
    assert (reviewed.sentences, reviewed.citations) == ((), ())
    assert 0 < reviewed.confidence < 0.5
    assert reviewed.signals["verifier_logit"] == -5.0


def test_review_promises_only_what_is_certified(model):
    assert review(model).max_wrong == 0.1
    assert review(model, max_wrong=0.15).max_wrong == 0.1  # the largest share that is stored
    assert review(model, max_wrong=0.3).max_wrong is None  # an estimate
    assert review(model, max_wrong=1.0).max_wrong is None
    assert review(model, calibration=None).max_wrong is None
    model.log_odds = -5.0
    assert review(model).max_wrong is None  # withheld
    assert review(model, max_wrong=1.0).citations  # nothing is withheld


def test_review_without_a_feature_of_the_calibration_goes_by_support_alone(model):
    model.log_odds = -5.0
    other = replace(VERIFIER_ALONE, features=("span_margin",))
    reviewed = review(model, calibration=other)
    assert [each.quote for each in reviewed.citations] == [QUOTE]
    assert (reviewed.confidence, tuple(reviewed.signals)) == (None, FEATURES)


def test_review_quotes_the_article_where_confidence_is_moderate(model):
    model.log_odds = 0.2  # a probability between the threshold 0.5 and 0.6
    reviewed = review(model)
    assert reviewed.sentences[0].text == f"“{QUOTE}”"
    assert reviewed.notes == (EXTRACTIVE_NOTE,)


def test_review_quotes_the_article_where_the_draft_breaks_off(model):
    draft, question = "The bridge over the Sund cost [1].", "What leads over the Sund?"
    reviewed = review(model, draft, question=question)
    assert reviewed.sentences[0].text == f"“{QUOTE}”"
    assert reviewed.notes == (EXTRACTIVE_NOTE,)


def test_review_without_support_does_not_ask_the_model(model):
    reviewed = review(model, "The bridge cost 40 million crowns [1].")
    assert reviewed.citations == ()
    assert [each.supported for each in reviewed.sentences] == [False]
    assert model.verifications == 0


def test_review_shows_nothing_where_the_quotes_lack_what_is_asked_for(model):
    reviewed = review(model, "It rained [1].", question="When was the weather bad?")
    assert reviewed == ReviewedDraft()


def test_review_without_a_calibration_verifies_only_under_the_policy_always(model):
    reviewed = review(model, calibration=None)
    assert (reviewed.signals, model.verifications) == ({}, 0)
    always = review(model, calibration=None, verify=VerificationPolicy.ALWAYS)
    assert (tuple(always.signals), model.verifications) == (FEATURES, 1)
    assert always.sentences == reviewed.sentences
    assert always.confidence is reviewed.confidence is None


def test_review_names_the_outlet_where_one_articles_account_is_asked_for(model):
    model.unsupported = "25 million"
    reviewed = review(model, article="kurier")
    assert reviewed.sentences[0].text == "Kurier: The bridge cost 18 million crowns."
