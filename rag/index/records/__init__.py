"""Where the record of an index is kept: articles, passages and their vectors, by segments.

store        what such a place offers, and which one the settings name; tables has its tables
local        a file of SQLite in the folder of each segment
server       a schema of PostgreSQL for each segment (`RAG_DATABASE_URL`); segments reads and
             writes one, renewal moves a record from one place to the other
sharing      the snapshots of an index that several machines read, which is current, and its
             corrections; fetching gives a machine the files that it lacks
connection   statements to PostgreSQL (the only importer of pg8000); faults has a line for each way
             in which they fail
"""
