"""Dates in English text, and what they mean beside the day of publication. Pure functions.

forms     the month table; ISO 8601 dates as ranges and in words
partial   dates as far as a text states them, and whether two agree
relative  the days that "on Friday" and "yesterday" mean
mentions  every date that a text means without writing it out
years     of which year a sentence or a report is
"""

__all__ = ["forms", "mentions", "partial", "relative", "years"]
