"""How well texts are translated: our own sentences and everyday phrases, per engine and pair.

Covers: the sets (sentences.tsv, everyday.tsv), the check of the second (check.py), the measures
(measures.py) and the command that reports them. Does not cover: whether a request is read rightly
(tests/services/translator/labelled), speed (bench/translator.py).
"""
