"""Other machines, for all that speaks to one.

`http_faults` names why a request got no answer; `database_address` takes the address of a
PostgreSQL database apart.
"""
