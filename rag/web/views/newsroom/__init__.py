"""The newsroom's results as HTML. Pure functions.

quote          where a quotation stands
draft          a text of the user's beside the articles, sentence by sentence
timeline       dated statements on a topic: a table below a plot
timeline_plot  where the marks of that plot are
source_card    an article that is cited, as a card that opens it
"""

__all__ = ["draft", "quote", "source_card", "timeline", "timeline_plot"]
