"""The gateway as an OpenAI client sees it: `/v1/chat/completions` and `/v1/models`.

schemas     the bodies of requests, with what is refused, and of models
answers     the bodies of answers and of streamed chunks
translate   a request to our turns
completion  our turns to an answer, whole or in chunks
choices     several turns at the same time
errors      failures in OpenAI's shape
routes      the paths

The contract is OpenAI's published API as its Python package types it (openai/types/chat).
"""
