"""The shape of both models: a small BERT."""

from transformers import BertConfig

from .tokenizer import LENGTH

HIDDEN, LAYERS, HEADS, FEED_FORWARD = 160, 3, 5, 480


def configuration(vocabulary: int, **more: object) -> BertConfig:
    return BertConfig(
        vocab_size=vocabulary, hidden_size=HIDDEN, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=FEED_FORWARD,
        max_position_embeddings=LENGTH, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, pad_token_id=0, initializer_range=0.05, **more)
