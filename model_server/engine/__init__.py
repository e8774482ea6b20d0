"""The engine: token ids in, token ids and logits out. No text beyond the tokenizer, no HTTP.

config.py      the shape of a model
model.py       the Transformer itself (Llama family)
cache.py       keys and values of tokens already read
checkpoint.py  GGUF file -> configuration, weights, tokenizer
adapter.py     LoRA: train it, save it, merge it
tokenizer.py   text <-> token ids
decode.py      greedy and sampled generation, constrained beginnings, probabilities of continuations
"""
