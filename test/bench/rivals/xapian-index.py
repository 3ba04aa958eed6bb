"""Xapian by Debian's python3-xapian: questions are lines of JSON on the standard input, as in serve-lines.ts.

Its English stemmer and its default weighting, BM25. A word of a title counts twice.
"""

import json
import os
import sys

import xapian

path = sys.argv[1]
database = xapian.WritableDatabase(path, xapian.DB_CREATE_OR_OPEN)
generator = xapian.TermGenerator()
generator.set_stemmer(xapian.Stem("english"))
parser = xapian.QueryParser()
parser.set_stemmer(xapian.Stem("english"))
parser.set_stemming_strategy(xapian.QueryParser.STEM_ALL)
generator.set_stemming_strategy(xapian.TermGenerator.STEM_ALL)
parser.set_default_op(xapian.Query.OP_OR)


def add(papers):
    for paper in papers:
        document = xapian.Document()
        generator.set_document(document)
        generator.index_text_without_positions(paper["title"], 2)
        generator.index_text_without_positions(paper["abstract"])
        database.replace_document(paper["id"], document)
    database.commit()
    return {"added": len(papers)}


def search(text, limit):
    # No flags: a query is words, not operators.
    enquire = xapian.Enquire(database)
    enquire.set_query(parser.parse_query(text, 0))
    # Checking all documents makes the count of matches exact.
    matches = enquire.get_mset(0, limit, database.get_doccount())
    return {"ids": [match.docid for match in matches], "total": matches.get_matches_estimated()}


def size():
    files = (os.path.join(path, name) for name in os.listdir(path))
    return {"papers": database.get_doccount(), "bytes": sum(os.path.getsize(file) for file in files)}


for line in sys.stdin:
    question = json.loads(line)
    if "add" in question:
        answer = add(question["add"])
    elif "search" in question:
        answer = search(question["search"], question["limit"])
    else:
        answer = size()
    print(json.dumps(answer), flush=True)
