"""The makers of demo-embed and demo-rerank. Their texts are made by rules from the word lists in `lexicon/`."""
