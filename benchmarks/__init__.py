"""Commands that measure; each prints what it measured, on what, and ratios within its own run."""
