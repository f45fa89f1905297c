"""Packages that extend Footnoted, really installed and used: `example` (that of docs/extending.md)
and `broken`, whose every part is wrong in its own way.

    packages.py        installs one into a folder
"""
