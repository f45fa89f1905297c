"""All text that a model reads, and the sentences shown when nothing can be said.

In:  a question, numbered passages, earlier turns; the name of the model's chat frame.
Out: a `Prompt`: a constant part, processed once and kept, and the part of this question.
Left to others: tokens and generation (`rag.llm`).

A passage is a piece of its own that is read `alone`, behind the constant part and without the
passages beside it: what it cost is kept for the next question it is found for (`rag.llm`). So is
each passage's number, which is nothing to read but would cost a step of its own.
Pieces marked `frame` are ours alone and may hold control tokens. All else, articles and
questions included, is tokenised as plain text: "<|im_start|>" in an article stays a string. Of
passages and quotes a model is given what is `readable` (`rag.orders`).
The worked examples are made up; the towns and people in them do not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.errors import ModelError
from rag.orders import readable
from rag.types import History, Reason

REFUSALS: dict[Reason, str] = {
    "not_in_corpus": "The articles do not say: nothing in them is about this.",
    "not_stated": "The articles do not say: they touch on this, but do not state it.",
    "outside_filter": "The articles do not say within the chosen dates and outlets.",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """Text for the model; `frame`: may hold control tokens; `alone`: sees the constant part."""

    text: str
    frame: bool = False
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Prompt:
    """`constant` is the same for every question of a kind; `rest` is this one's."""

    constant: tuple[Piece, ...]
    rest: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """How a family of models marks who speaks. `system` is empty where it knows no such role."""

    system: str
    user: str
    assistant: str
    end: str


FRAMES = {
    "chatml": Frame(
        "<|im_start|>system\n", "<|im_start|>user\n", "<|im_start|>assistant\n", "<|im_end|>\n"
    ),
    "llama3": Frame(
        "<|start_header_id|>system<|end_header_id|>\n\n",
        "<|start_header_id|>user<|end_header_id|>\n\n",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|eot_id|>",
    ),
    "gemma": Frame("", "<start_of_turn>user\n", "<start_of_turn>model\n", "<end_of_turn>\n"),
}

_ANSWER_SYSTEM = (
    "You answer questions from numbered passages of news articles. Use only what the passages "
    "say. Answer exactly what is asked in one or two short sentences with the names, dates and "
    "figures of the passages; give each part of the question a sentence of its own. Say who "
    "said or reported a thing. End every sentence with the number of the passage it comes from, "
    "like [2]."
)

_ANSWER_EXAMPLES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (
            "The ferry Maren left Osthavn at dawn on 3 May. It carried 212 passengers and a cargo "
            "of grain, the harbour office said.",
            "Mayor Lena Holt told the council that the new bridge had cost 18 million crowns. "
            "The opposition put the price at 25 million.",
            "The bridge over the Sund was opened last autumn after four years of work.",
        ),
        "How much did the bridge cost according to the mayor?",
        "Mayor Lena Holt said that the bridge cost 18 million crowns [2].",
    ),
    (
        (
            "Farmers in Tarn have lost a third of their wheat to the drought, the growers' union "
            'reported. Its head, Ivo Brandt, called the summer "the driest we have known."',
            "Minister Sara Lind promised the growers 40 million crowns in July.",
            "The union of growers was founded in Tarn in 1931.",
        ),
        "How did Ivo Brandt describe the summer, and what did the minister promise?",
        'Ivo Brandt called it "the driest we have known" [1]. '
        "Minister Sara Lind promised the growers 40 million crowns [2].",
    ),
    (
        (
            "Rescuers reached the mine on Tuesday. Police spokesman Karl Vik said that nine "
            "workers were brought out alive.",
            "The daily Kurier, citing unnamed officials, reported that the owner had ignored two "
            "warnings. The company denied it.",
        ),
        "Who reported that warnings had been ignored?",
        "According to the daily Kurier, which cited unnamed officials, the owner had ignored two "
        "warnings [2].",
    ),
    (
        (
            "The strike in Osthavn began on 2 March. Dockers want shorter shifts.",
            "Port director Nils Berg told reporters in early April that talks would be resumed "
            '"in good time," the agency Nordpress reported.',
        ),
        "When did the port director speak of new talks, and which agency reported it?",
        "Port director Nils Berg spoke of new talks in early April, as the agency Nordpress "
        "reported [2].",
    ),
)

_READING_SYSTEM = (
    "You check answers against a passage. Say No when the passage speaks of another person, "
    "thing, time or relation than the one asked about. Reply Yes or No."
)

# contrasting pairs: a passage, a question that it answers, and one that it only seems to
_READINGS: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
    (
        "The ferry Maren left Osthavn at dawn on 3 May. It carried 212 passengers and a cargo of "
        "grain, the harbour office said. The ferry Sol, which sails on Sundays, holds twice as "
        "many.",
        ("How many passengers did the Maren carry?", "The Maren carried 212 passengers."),
        (
            "How many passengers did the Sol carry on 3 May?",
            "The Sol carried 212 passengers on 3 May.",
        ),
    ),
    (
        "On his visit Ivo Brandt gave Minister Sara Lind a carved horn, and she promised the "
        "growers 40 million crowns. Until the drought the union had refused to meet her.",
        (
            "What did Sara Lind receive from Ivo Brandt?",
            "Sara Lind received a carved horn from Ivo Brandt.",
        ),
        ("What did Sara Lind give Ivo Brandt?", "Sara Lind gave Ivo Brandt a carved horn."),
    ),
    (
        "The old bridge over the Sund was closed in 1987 after a storm, and engineers from Tarn "
        "opened a new one four years later. Mayor Lena Holt praised their work.",
        ("Who built the new bridge over the Sund?", "Engineers from Tarn opened the new bridge."),
        ("Why was the new bridge closed?", "The new bridge was closed after a storm."),
    ),
    (
        "The daily Kurier reported that the mine's owner had ignored two warnings. The company, "
        "which employs 900 people, denied it.",
        (
            "Who said that the owner had ignored warnings?",
            "The daily Kurier reported that the owner had ignored two warnings.",
        ),
        ("Which officials denied that the owner had ignored warnings?", "The company denied it."),
    ),
)
# alternately right and wrong, and no passage twice in a row
_READING_EXAMPLES = tuple(
    (quote, *(right, wrong)[(turn + number) % 2], (turn + number) % 2 == 0)
    for turn in (0, 1)
    for number, (quote, right, wrong) in enumerate(_READINGS)
)

_REWRITE_SYSTEM = (
    "You rewrite the last question of a conversation so that it can be understood alone: put "
    "the names in place of words such as he, it, they, that, there. Change nothing else. Do not "
    "answer it."
)

_REWRITE_EXAMPLES: tuple[tuple[tuple[tuple[str, str], ...], str, str], ...] = (
    (
        (
            (
                "How much did the bridge over the Sund cost?",
                "Mayor Lena Holt said that the bridge cost 18 million crowns.",
            ),
        ),
        "and who disagreed with her?",
        "Who disagreed with Mayor Lena Holt about the cost of the bridge over the Sund?",
    ),
    (
        (
            ("Where is the growers' union based?", "The growers' union is based in Tarn."),
            ("Who leads it?", "Ivo Brandt leads the growers' union."),
        ),
        "What did he say about the summer?",
        "What did Ivo Brandt say about the summer?",
    ),
    (
        (
            (
                "What did the daily Kurier report about the mine?",
                "The Kurier reported that the owner had ignored two warnings.",
            ),
        ),
        "And who said that?",
        "Who said that the owner of the mine had ignored two warnings?",
    ),
)


def answer_prompt(frame: str, question: str, passages: Sequence[str]) -> Prompt:
    """The prompt that asks for a cited answer; passage n is `passages[n-1]`."""
    examples = [
        (_numbered(shown), f"\n\nQuestion: {asked}", told)
        for shown, asked, told in _ANSWER_EXAMPLES
    ]
    return _framed(
        _frame(frame),
        _ANSWER_SYSTEM,
        [(shown + asked, told) for shown, asked, told in examples],
        *(
            piece
            for number, text in enumerate(passages, start=1)
            for piece in (
                Piece(f"[{number}]", alone=True),
                Piece(f" {readable(text)}\n", alone=True),
            )
        ),
        Piece(f"\nQuestion: {question}"),
    )


def reading_prompt(frame: str, question: str, quotes: Sequence[str], answer: str) -> Prompt:
    """The prompt after which "Yes" or "No" tells whether `quotes` state `answer` to `question`."""
    examples = [
        (_reading(asked, [quote], told), "Yes" if right else "No")
        for quote, asked, told, right in _READING_EXAMPLES
    ]
    asked = Piece(_reading(question, quotes, answer))
    return _framed(_frame(frame), _READING_SYSTEM, examples, asked)


def rewrite_prompt(frame: str, question: str, history: History) -> Prompt:
    """The prompt that makes a follow-up self-contained."""
    return _framed(
        _frame(frame),
        _REWRITE_SYSTEM,
        [(_conversation(turns, asked), told) for turns, asked, told in _REWRITE_EXAMPLES],
        Piece(_conversation(history, question)),
    )


def question_prompt(frame: str, passage: str) -> Prompt:
    """The prompt that asks for one question which `passage` answers (for the page's examples)."""
    examples = [
        (f"Passage: {shown[number]}", question)
        for (shown, question, _), number in zip(_ANSWER_EXAMPLES[:3:2], (1, 1), strict=True)
    ]
    system = (
        "You write one short question that the passage answers. The question names the people "
        "or things it is about."
    )
    return _framed(_frame(frame), system, examples, Piece(f"Passage: {readable(passage)}"))


def _reading(question: str, quotes: Sequence[str], answer: str) -> str:
    return (
        f"Passage: {readable(' '.join(quotes))}\nAnswer: {_one_line(answer)}\n"
        f"Question: {_one_line(question)}\n"
        "Does the passage state that this answer is right for exactly this question?"
    )


def _frame(name: str) -> Frame:
    try:
        return FRAMES[name]
    except KeyError:
        raise ModelError(
            f"unknown chat frame {name!r} in the catalogue: use one of {', '.join(FRAMES)}"
        ) from None


def _numbered(passages: Sequence[str]) -> str:
    return "\n".join(f"[{n}] {readable(text)}" for n, text in enumerate(passages, start=1))


def _conversation(history: Sequence[tuple[str, str]], question: str) -> str:
    turns = "\n".join(f"Q: {_one_line(asked)}\nA: {_one_line(told)}" for asked, told in history)
    return f"{turns}\nLast question: {_one_line(question)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _framed(frame: Frame, system: str, examples: Sequence[tuple[str, str]], *ask: Piece) -> Prompt:
    """Lay out system text, worked examples and the question in the model's own frame."""
    constant: list[Piece] = []
    lead = ""
    if frame.system:
        constant += [Piece(frame.system, True), Piece(system), Piece(frame.end, True)]
    else:
        lead = system + "\n\n"
    for asked, told in examples:
        constant += [
            *(Piece(frame.user, True), Piece(lead + asked), Piece(frame.end, True)),
            *(Piece(frame.assistant, True), Piece(told), Piece(frame.end, True)),
        ]
        lead = ""
    constant.append(Piece(frame.user, True))
    rest = (*ask, Piece(frame.end, True), Piece(frame.assistant, True))
    return Prompt(tuple(constant), rest)
