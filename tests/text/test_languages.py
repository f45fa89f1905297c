"""Languages told apart by their letters and by the words that say nothing."""

from __future__ import annotations

import pytest

from rag.text.languages import get_language, in_script, language_of, latin_languages, script_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Who opened the harbour of Tarnvik?", "en"),
        ("¿Quién inauguró el puerto de Tarnvik?", "es"),
        ("Wer hat den Hafen von Tarnvik eröffnet?", "de"),
        ("Was kostet die neue Brücke?", "de"),
        ("Qui a ouvert le port de Tarnvik ?", "fr"),
        ("Chi ha aperto il porto di Tarnvik?", "it"),
        ("Quem abriu o porto de Tarnvik?", "pt"),
        ("Wie heeft de haven van Tarnvik geopend?", "nl"),
        ("Vem öppnade hamnen i Tarnvik?", "sv"),
        ("Kto otworzył port w Tarnviku?", "pl"),
        ("Кто открыл порт Тарнвик?", "ru"),
        ("Хто відкрив порт Тарнвік?", "uk"),
        ("谁启用了塔恩维克港？", "zh"),
        ("ターンビク港を開いたのは誰ですか", "ja"),
        ("من افتتح ميناء تارنفيك؟", "ar"),
        ("چه کسی بندر را گشود؟", "fa"),
        ("तर्नविक का बंदरगाह किसने खोला?", "hi"),
        ("ใครเปิดท่าเรือ", "th"),
        ("누가 항구를 열었습니까?", "ko"),
    ],
)
def test_a_question_tells_its_language(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Tarnvik",
        "Rio de Janeiro",
        "Who wrote in Der Spiegel?",
        "Was it a strike?",
        "Civil War: Infinity War, Part 2: Winter War",  # "war" is a word of German, once
        "D. Henrik, L. Moe, R. Olsen, D. Tarn",  # initials are no words
        "The mayor read 瀬名 aloud to the council of the town.",
    ],
)
def test_foreign_words_and_names_leave_a_text_english(text: str) -> None:
    assert language_of(text) == "en"


def test_a_word_has_the_language_of_its_script() -> None:
    assert [script_of(each) for each in ("dam", "дамба", "東京", "ダム", "سد", "बाँध")] == [
        *("latin", "cyrillic", "han", "kana", "arabic", "devanagari")
    ]
    assert in_script("es", "latin") == "es"
    assert in_script("es", "cyrillic") == "ru"
    assert in_script("uk", "cyrillic") == "uk"
    assert in_script("zh", "latin") == "en"


def test_stop_words_are_folded_so_that_they_match_folded_words() -> None:
    assert {"quien", "cuantos"} <= get_language("es").stopwords
    assert get_language("es").asking <= get_language("es").stopwords
    assert latin_languages()[0] == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Kim sent 7,000 crates", "en"),  # Turkish for "who"
        ("Kim left", "en"),
        ("kim geldi", "tr"),
        ("Kim geldi?", "tr"),
    ],
)
def test_a_name_that_is_a_question_word_elsewhere_tells_no_language(text, code):
    assert language_of(text) == code
