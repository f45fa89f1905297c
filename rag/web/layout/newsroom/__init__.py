"""The Check tab: tools that check by hand, each in a tab of its own, with one filter for all.

    newsroom_tab  the tab, its filter, and the row of tools
    quote_tab     where a quotation stands
    draft_tab     a text of the user's beside the articles
    timeline_tab  dated statements on a topic

In:  `OpenCollections`, within the tabs of the page.
Out: components, wired to `rag.web.handlers.newsroom`.
An article that a result names opens in the viewer beside it.
"""

__all__ = ["draft_tab", "newsroom_tab", "quote_tab", "timeline_tab"]
