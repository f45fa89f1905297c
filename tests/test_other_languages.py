"""Questions in other languages than English, from the index to the words of a refusal."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from rag.assistant import Assistant
from rag.grounding.calibration import Calibration, RiskThreshold
from rag.index.build import build_index
from rag.models.llm.scripted import ScriptedModel
from rag.retrieval.filters import SearchFilter
from rag.text.messages import message
from tests.conftest import toy_settings, use_toy_embedder
from tests.scripted_reader import ScriptedReader

ARTICLES = {
    "es": "El faro de Calaverde se apagó en la noche del martes. El farero, Tomás Ibarra, dijo que "
    "la avería costará 40.000 euros. Los pescadores piden una luz provisional.",
    "de": "Der Leuchtturm von Kalgrund ist seit Dienstag dunkel. Der Wärter Jost Brehm sagte, dass "
    "die Reparatur 40.000 Euro kosten wird. Die Fischer fordern ein Ersatzlicht.",
    "fr": "Le phare de Calverte est éteint depuis mardi. Le gardien, Luc Arnal, a dit que la "
    "réparation coûtera 40 000 euros. Les pêcheurs demandent une lampe provisoire.",
    "ru": "Маяк на мысе Кальгрунд не горит со вторника. Смотритель Егор Брем сказал, что ремонт "
    "обойдётся в 40 тысяч рублей. Рыбаки просят поставить временный огонь.",
    "zh": "卡尔角的灯塔从星期二起熄灭。看守人江波说修理费用为四万元。渔民要求设置临时灯光。",
    "ja": "カル岬の灯台は火曜日から消えている。灯台守の江波氏は修理費用が四万円になると述べた。"
    "漁師たちは仮の明かりを求めている。",
}
QUESTIONS = {
    "es": ("¿Cuánto costará la avería del faro?", "40.000 euros"),
    "de": ("Was wird die Reparatur des Leuchtturms kosten?", "40.000 Euro"),
    "fr": ("Combien coûtera la réparation du phare ?", "40 000 euros"),
    "ru": ("Во сколько обойдётся ремонт маяка?", "40 тысяч рублей"),
    "zh": ("灯塔的修理费用是多少？", "四万元"),
    "ja": ("灯台の修理費用はいくらですか", "四万円"),
}
UNANSWERED = {
    "es": "¿Quién ganó el torneo de ajedrez de Morales?",
    "de": "Wer gewann das Schachturnier von Morsum?",
    "fr": "Qui a gagné le tournoi d'échecs de Morlan ?",
    "ru": "Кто выиграл шахматный турнир?",
    "zh": "谁赢得了国际象棋比赛？",
    "ja": "チェス大会で優勝したのは誰ですか",
}
BOTH = Calibration(  # of the words and the language model together
    features=("agreement",),
    means=(0.0,),
    scales=(1.0,),
    weights=(6.0,),
    bias=-3.0,
    thresholds=(RiskThreshold(0.1, 0.5),),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("languages")
    (folder / "corpus").mkdir()
    lines = [
        json.dumps({"id": code, "title": "", "text": text, "source": "Kurier"})
        for code, text in ARTICLES.items()
    ]
    (folder / "corpus/articles.jsonl").write_text("\n".join(lines))
    settings = replace(toy_settings(folder), corpus=folder / "corpus/articles.jsonl")
    with pytest.MonkeyPatch.context() as monkeypatch:
        use_toy_embedder(monkeypatch)
        build_index(settings)
    return folder


@pytest.fixture
def open_assistant(folder, monkeypatch):
    """Opens the index with a reader of English, and a model by its script or `none`."""
    use_toy_embedder(monkeypatch)
    monkeypatch.setattr(
        "rag.assistant.open_reader",
        lambda settings, embedder: (ScriptedReader({}), settings.reader),
    )
    monkeypatch.setattr("rag.pipeline.tools.load_calibration", lambda judges, index: None)
    opened = []

    def open_with(script=None):
        settings = replace(toy_settings(folder), reader="reader")
        settings = settings if script else replace(settings, model="none")
        model = ScriptedModel(script or {})
        opened.append(Assistant.open(settings, load_model=lambda _: model))
        return opened[-1]

    yield open_with
    for each in opened:
        each.close()


@pytest.mark.parametrize("language", sorted(ARTICLES))
def test_the_sentence_with_the_words_of_the_question_is_quoted_as_less_sure(
    open_assistant, language
):
    question, expected = QUESTIONS[language]
    answer = open_assistant().ask(question)
    (citation,) = answer.citations
    assert citation.article == language
    assert expected in citation.quote
    assert answer.text.endswith("[1]")
    assert ARTICLES[language][citation.start : citation.end] == citation.quote
    assert [(each.kind, each.text) for each in answer.notes] == [
        ("language", message("less_sure", language))
    ]
    assert (answer.confidence, answer.max_wrong) == (None, None)


@pytest.mark.parametrize("language", sorted(UNANSWERED))
def test_a_refusal_is_in_the_language_of_the_question(open_assistant, language):
    answer = open_assistant().ask(UNANSWERED[language])
    assert answer.abstained
    assert answer.text == message(answer.reason, language)
    assert answer.text != message(answer.reason)


def test_a_refusal_has_the_nearest_sentence_in_the_words_of_that_language(open_assistant):
    answer = open_assistant().ask("¿Qué regalan al faro los pescadores en enero?")
    assert (answer.abstained, answer.reason) == (True, "not_stated")
    (note,) = answer.notes
    assert note.text == message(
        "nearest",
        "es",
        quote="El faro de Calaverde se apagó en la noche del martes.",
        source="Kurier",
    )


def test_a_language_that_no_article_is_in_gets_a_plain_word(open_assistant):
    answer = open_assistant().ask("Quanto costerà la riparazione della diga di Montalba?")
    assert answer.abstained
    note = answer.notes[-1]
    assert note.kind == "language"
    assert note.text.startswith("The articles are in another language than the question (")
    assert "Deutsch" in note.text
    assert "中文" in note.text


def test_an_embedder_of_many_languages_finds_and_reads_across_them(open_assistant, monkeypatch):
    assistant = open_assistant()
    retriever = assistant._retriever
    many = replace(retriever, settings=replace(retriever.settings, languages=()))
    assistant._retriever = many
    question = "What will it cost to repair the lamp at Calaverde?"
    meaning = {"avería": 0.8, "40.000 euros": 0.8}
    monkeypatch.setattr(
        "rag.retrieval.retriever.Retriever.similarity",
        lambda self, text, others: [
            0.9 if all(each in other for each in meaning) else 0.0 for other in others
        ],
    )
    monkeypatch.setattr("rag.pipeline.run.language_of", lambda text: "es")
    answer = assistant.ask(question)
    assert [each.article for each in answer.citations] == ["es"]
    assert "40.000 euros" in answer.text
    assert [each.kind for each in answer.notes] == ["language"]


def test_the_language_model_decides_where_both_have_a_calibration(open_assistant, monkeypatch):
    question, _ = QUESTIONS["es"]
    agrees = {"avería del faro": "La avería costará 40.000 euros [1]."}
    differs = {"avería del faro": "La reparación fue gratuita [1]."}
    for script, shown in ((agrees, True), (differs, False)):
        assistant = open_assistant(script)
        both = {f"reader:keywords+{assistant.settings.model}": BOTH}
        monkeypatch.setattr(
            "rag.pipeline.tools.load_calibration", lambda judges, index, both=both: both.get(judges)
        )
        answer = assistant.ask(question)
        assert answer.abstained is not shown
        assert len(assistant.model().prompts) == 1
        if shown:
            assert answer.notes[0].text == message("less_sure_checked", "es")
            assert "la avería costará 40.000 euros" in answer.text


@pytest.mark.parametrize(
    ("draft", "verified", "shown"),
    [
        ("La avería costará 40.000 euros [1].", False, True),
        ("La reparación fue gratuita [1].", True, True),
        ("La reparación fue gratuita [1].", False, False),
    ],
)
def test_without_such_a_calibration_draft_or_verifier_must_confirm(
    open_assistant, draft, verified, shown
):
    assistant = open_assistant({"avería del faro": draft})
    assistant.model().unsupported = "" if verified else "avería"
    answer = assistant.ask(QUESTIONS["es"][0])
    assert answer.abstained is not shown
    assert answer.confidence is None
    kinds = [(each.kind, each.text) for each in answer.notes]
    assert (("language", message("less_sure_checked", "es")) in kinds) is shown
    everything = assistant.ask(QUESTIONS["es"][0], max_wrong=1.0)
    assert not everything.abstained


def test_the_language_model_is_not_asked_where_hardly_a_word_is_shared(open_assistant):
    assistant = open_assistant({"faro": "Nada [1]."})
    assert assistant.ask("¿Qué regalan al faro los pescadores en enero?").abstained
    assert assistant.model().prompts == []


def test_a_phrase_is_required_in_any_language(open_assistant):
    assistant = open_assistant()
    for phrase, article in (
        ("los pescadores", "es"),
        ("die Fischer", "de"),
        ("修理费用", "zh"),
        ("временный огонь", "ru"),
    ):
        hits = assistant.find_passages(f'"{phrase}"').hits
        assert {hit.passage.article for hit in hits} == {article}, phrase


def test_no_name_of_another_language_is_taken_for_a_typing_slip(open_assistant):
    found_as = open_assistant().find_passages("Wer fordert ein Ersatzlich auf Kalgrunt?")
    assert (found_as.query, found_as.notes) == ("Wer fordert ein Ersatzlich auf Kalgrunt?", ())


def test_filters_hold_in_other_languages(open_assistant):
    question, _ = QUESTIONS["de"]
    answer = open_assistant().ask(question, filters=SearchFilter.parse("2030", None, None))
    assert answer.reason == "outside_filter"
    assert answer.text == message("outside_filter", "de")


def test_the_index_knows_its_languages(open_assistant):
    assert open_assistant()._snapshot().keywords.languages == dict.fromkeys(ARTICLES, 1)


def test_articles_are_found_by_words_of_scripts_without_spaces(open_assistant):
    articles = open_assistant().articles
    assert [each.id for each, *_ in articles.find("灯台守").entries] == ["ja"]
    assert [each.id for each, *_ in articles.find("маяк").entries] == ["ru"]
