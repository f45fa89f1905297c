"""What runs underneath everything else, and knows nothing of articles or models.

`cancellation` ends work that nobody waits for; `fair_queue` lets callers wait in turn;
`streaming` runs a generator in a thread for asyncio; `background` starts a slow call early;
`heavy_imports` makes large libraries load sooner; `process_owner` refuses what a fork cannot use;
`worker_process` starts processes of ours and says how they ended; `atomic_file` replaces files as
a whole; `sqlite_file` is a small private database that survives kills and full disks; `progress`
estimates how long a task still takes.
"""
