"""From files to documents: one module a format, `files.py` to call, `worker.py` to call safely.

    files.py      which format a file is in; a file or bytes to documents
    record.py     what every parser takes and gives, and its limits
    outline.py    headings and paragraphs to sections
    text.py       .txt, and the encoding of every text format
    __main__.py   the parsers as a process: files' names in, documents out, as lines of JSON
    worker.py     an upload parsed in a process that is cut at a deadline and at a memory bound

Parsers are handed what strangers wrote. None runs a script, follows a link or loads an entity.
"""
