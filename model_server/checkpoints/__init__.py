"""Model files: opened, checked, read weight by weight. Knows shapes and text, computes nothing.

checkpoint.py  a GGUF file or a folder -> configuration, tokenizer, weights
gguf_file.py   the GGUF format
hf_folder.py   Hugging Face folders, and this project's own
adapter.py     LoRA files
tokenizer.py   text <-> token ids
layout.py      which weights a model has
"""
