"""Where the record of an index is kept: articles, passages and their vectors, by segments.

store        what such a place offers, and which one the settings name
local        a file of SQLite in the folder of each segment
server       a schema of PostgreSQL for each segment (`RAG_DATABASE_URL`); segments copies them
sharing      the snapshots of an index that several machines read, and which is current; fetching
             gives a machine the files that it lacks
connection   statements to PostgreSQL (the only importer of pg8000); faults has a line for each
"""
