"""Few-shot examples of all prompts. Pure data; the towns and people in them do not exist.

Out: `ANSWER_EXAMPLES` (passages, question, cited answer), `VERIFICATION_EXAMPLES` (quote, question,
     answer, whether it is right), `REWRITE_EXAMPLES` (turns, last question, the same made
     self-contained), `QUESTION_EXAMPLES` (passage, question).
Left to others: how a prompt presents them (`rag.prompts.templates`).
"""

from __future__ import annotations

ANSWER_EXAMPLES: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (
        (
            "The council of Brann met on 9 June to speak of the quarry. It had been shut in late "
            "March after a fall of rock.",
            "Engineer Tove Dahl will look at the quarry's walls next week, the council's clerk "
            "Per Moen told reporters on Friday.",
        ),
        "When was the quarry shut?",
        "The quarry was shut in late March [1].",
    ),
    (
        (
            "The museum in Osthavn shows forty clocks, most of them gifts from sailors.",
            "The museum's oldest clock came from a church in Velm, curator Anna Rusk said. It was "
            "mended last year in the workshop at Lund Street.",
        ),
        "In which workshop was the museum's oldest clock mended?",
        "The museum's oldest clock was mended in the workshop at Lund Street [2].",
    ),
    (
        (
            'After the vote party leader Jon Falk called the result "a warning to every mayor." '
            "Others shrugged.",
            "The party lost two seats in Tarn and won one in Velm.",
        ),
        "In what words did Jon Falk speak of the result?",
        'Jon Falk called the result "a warning to every mayor" [1].',
    ),
    (
        (
            "The zoo opened its new house for birds in August, ten months late, because the glass "
            "for its roof had cracked.",
            "The gardens' director, Mia Torp, sent the zoo twenty palms, and the zoo sent her two "
            "storks in return.",
        ),
        "What did the gardens get from the zoo?",
        "The gardens got two storks from the zoo in return for twenty palms [2].",
    ),
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

# contrasting pairs: a passage, a question that it answers, and one that it only seems to
_PAIRS: tuple[tuple[str, tuple[str, str], tuple[str, str]], ...] = (
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
VERIFICATION_EXAMPLES = tuple(
    (quote, *(right, wrong)[(turn + number) % 2], (turn + number) % 2 == 0)
    for turn in (0, 1)
    for number, (quote, right, wrong) in enumerate(_PAIRS)
)

REWRITE_EXAMPLES: tuple[tuple[tuple[tuple[str, str], ...], str, str], ...] = (
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

QUESTION_EXAMPLES = tuple(
    (passages[1], question) for passages, question, _ in (ANSWER_EXAMPLES[4], ANSWER_EXAMPLES[6])
)
