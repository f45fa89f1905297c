"""Encodings as browsers read them, and guesses from short texts where none is declared."""

from __future__ import annotations

import pytest

from rag.ingest.decoding import decode
from rag.ingest.document import UnreadableDocument

TEXTS = {
    "ru": ("Паром снова ходит каждый день, сказал мэр.", "cp1251 koi8_r iso8859-5 cp866"),
    "uk": ("Пором знову їздить щодня, сказав мер Львова.", "cp1251 koi8_u iso8859-5"),
    "el": ("Το πλοίο θα φύγει τον Μάιο, είπε ο δήμαρχος.", "cp1253 iso8859-7"),
    "pl": ("Prom wróci w środę, zapowiedział burmistrz Łęczycy.", "cp1250 iso8859-2 cp852"),
    "cs": ("Přívoz začne jezdit v říjnu, řekl kapitán.", "cp1250 iso8859-2 mac_latin2"),
    "hu": ("A komp újra jár, mondta a főmérnök, és két órát vár.", "cp1250 iso8859-2"),
    "de": ("Die Fähre fährt künftig über Großhof, sagte Jürgen Öttl.", "cp1252 mac_roman cp850"),
    "fr": ("« Le bac repart », a dit l’élue à Évreux. Coût : 900 €.", "cp1252 mac_roman"),
    "da": ("Færgen sejler igen på mandag, siger Åse Højgaard.", "cp1252 cp850"),
    "tr": ("Vapur yarın açılacak, dedi başkan Işık.", "cp1254"),
    "he": ("המעבורת תפליג במאי, אמר ראש העיר", "cp1255"),
    "ar": ("قال رئيس البلدية إن العبارة ستعود في أيار", "cp1256"),
    "ja": ("渡し船は三月に再び動くと市長は述べた。", "cp932 euc_jp iso2022_jp"),
    "zh": ("市长说渡轮将于三月恢复，费用为八亿元。", "gb18030"),
    "zh-tw": ("市長說渡輪將於三月恢復，費用為八億元。", "big5"),
    "ko": ("시장은 배가 3월에 다시 다닌다고 말했다.", "cp949"),
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, each) for language, (_, names) in TEXTS.items() for each in names.split()],
)
def test_a_short_text_is_read_in_its_encoding(language, encoding):
    text = TEXTS[language][0]
    assert decode(text.encode(encoding)).text == text


CLOSE = {  # code pages that differ in few letters, and capitals that begin a word
    "el": ("Άγριος άνεμος στο Άργος, είπε η Άννα.", "cp1253 iso8859-7 cp737"),
    "el-short": ("Έκλεισε η γέφυρα. «Όλα καλά»", "cp1253 iso8859-7 mac_greek"),
    "tr": ("İzmir'de yağmur yağdı, İstanbul'da güneş açtı.", "cp1254 iso8859-9 cp857"),
    "tr-short": ("Ağrı dağı", "cp1254 iso8859-9"),
    "lt": ("Šąla ežerai, sakė Žydrūnė.", "cp1257 iso8859-13 cp775"),
    "lv": ("Ķekavā deg šķūnis, sacīja Jānis.", "cp1257 iso8859-13 iso8859-4"),
    "et": ("Sild on jälle avatud, ütles Jüri Õun.", "cp1257 iso8859-13 cp1252"),
    "he": ("גשם בחיפה", "cp1255 iso8859-8"),
    "he-quote": ("הנמל נסגר. “נחזור מחר”, אמר המנהל.", "cp1255"),
    "ru": ("Дождь в Орле", "cp1251 koi8_r iso8859-5 cp866"),
    "sr": ("Киша у Нишу, рекла је Љиља.", "cp1251 iso8859-5"),
    "cs": ("Šťastný konec v Plzni", "cp1250 iso8859-2 cp852"),
    "pl": ("Śnieg w Łodzi", "cp1250 iso8859-2 cp852"),
    "sk": ("Most je opäť otvorený, povedala Ľubica.", "cp1250 iso8859-2"),
    "hu": ("Újra megnyílt a híd, mondta a hídőr, Őri Zsófia.", "cp1250 iso8859-2 cp852"),
    "ro": ("Podul e închis, a spus Ştefan Ţuţea.", "cp1250 iso8859-2"),
    "is": ("Brúin opnuð á ný, sagði Þórður.", "cp1252"),
}


@pytest.mark.parametrize(
    ("language", "encoding"),
    [(language, each) for language, (_, names) in CLOSE.items() for each in names.split()],
)
def test_code_pages_that_are_almost_alike_are_told_apart(language, encoding):
    text = CLOSE[language][0]
    assert decode(text.encode(encoding)).text == text


def test_a_few_bytes_that_fit_no_encoding_do_not_lose_the_text():
    text = "The ferry sails again on Monday, the mayor of Osby said on Friday evening. "
    bytes_of_none = b"x\xaay\xb6z\xbfw\x9dq"
    read = decode(text.encode() * 2 + bytes_of_none)
    assert read.text.startswith(text)
    assert read.doubtful
    with pytest.raises(UnreadableDocument):
        decode(bytes_of_none)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_without_a_mark(encoding):
    text = "Le bac de Zoë repart, et c’est déjà ça."
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize(
    ("data", "declared", "text"),
    [
        (b"\x93It\x92s 5 \x80\x94", "iso-8859-1", "“It’s 5 €”"),
        (b"caf\xe9", "us-ascii", "café"),
        (b"\xfd\xfe", "iso-8859-9", "ış"),
        ("café".encode(), "iso-8859-1", "café"),  # it is UTF-8, whatever it says
        (b"caf\xe9 au lait", "utf-8", "café au lait"),
        (b"caf\xe9 au lait", "no-such-thing", "café au lait"),
    ],
)
def test_declared_encoding_is_read_as_browsers_do(data, declared, text):
    assert decode(data, declared).text == text


def test_one_bad_byte_loses_one_character():
    good = "Zoë’s fête — 5 €"
    assert decode(good.encode() + b" \xe9 fin").text == f"{good} é fin"
    assert decode(b"The ferry sails at nine in the\0 morning, every day.").text == (
        "The ferry sails at nine in the morning, every day."
    )


def test_a_doubtful_guess_is_named():
    assert decode(b"Caf\x8e").doubtful == "mac_roman"
    assert decode(TEXTS["ru"][0].encode("cp1251")).doubtful is None
    with pytest.raises(UnreadableDocument, match="not valid text in any known encoding"):
        decode(bytes(range(128, 256)) * 3)
