"""Many questions at once: read from a file, asked one after the other, written to one file.

    read_questions(path) -> questions -> ask_all, with an AnswerLog -> entries -> write_table

    question_file   questions, one a line or in a column of a CSV file
    answer_log      what was answered so far: a line as soon as an answer is there
    asking          the questions that are still to be asked
    printing        the answers as one text, where there is no file for them
    table           the answers as CSV, JSON Lines, Markdown or HTML

In:  a file of questions; a function that answers one. Out: a file of answers.
A run that was stopped, or killed, goes on where it was.
"""
