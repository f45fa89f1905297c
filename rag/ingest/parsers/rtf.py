"""stub"""
from rag.ingest.document import ParsedDocument, UnreadableDocument
def parse(data: bytes) -> ParsedDocument:
    raise UnreadableDocument("stub")
parse_csv = parse_xlsx = parse_mail = parse_saved_page = parse
