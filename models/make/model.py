"""A small Llama, with the parameter names of transformers' LlamaForCausalLM."""

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import LlamaConfig, LlamaForCausalLM

from tokenizer import CONTEXT, VOCABULARY

HIDDEN = 256
LAYERS = 4
HEADS = 8
KEY_VALUE_HEADS = 4
HEAD_SIZE = HIDDEN // HEADS
FEED_FORWARD = 640
THETA = 10000.0
EPSILON = 1e-6
PADDING = 0  # <|endoftext|>, which nothing follows


class Norm(nn.Module):
    """Divides each vector by its root mean square."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(HIDDEN))

    def forward(self, x: Tensor) -> Tensor:
        return functional.rms_norm(x, (HIDDEN,), self.weight, EPSILON)


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary positions. x: [tokens, heads, head size]; cosine, sine: [tokens, 1, head size]."""
    first, second = x.chunk(2, dim=-1)
    return x * cosine + torch.cat((-second, first), dim=-1) * sine


class Layout:
    """Where the tokens of examples of different lengths stand.

    Outside attention all tokens lie in one row, without padding; attention takes them in groups of similar length,
    each filled up on the right, where causal attention never looks.
    """

    def __init__(self, groups: list[Tensor], cosine: Tensor, sine: Tensor):
        places = [torch.nonzero(ids.reshape(-1) != PADDING)[:, 0] for ids in groups]
        positions = torch.cat([place % ids.shape[1] for place, ids in zip(places, groups)])
        self.shapes = [tuple(ids.shape) for ids in groups]
        self.places = places
        self.counts = [len(place) for place in places]
        self.ids = torch.cat([ids.reshape(-1)[place] for place, ids in zip(places, groups)])
        self.cosine, self.sine = cosine[positions][:, None], sine[positions][:, None]

    def row(self, groups: list[Tensor]) -> Tensor:
        """One value for each token, from values in the shape of the groups."""
        return torch.cat([values.reshape(-1)[place] for place, values in zip(self.places, groups)])

    def attend(self, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Causal attention within each example. All three and the result: [tokens, heads, head size]."""
        parts = [part.split(self.counts) for part in (queries, keys, values)]
        mixed = []
        for shape, place, *part in zip(self.shapes, self.places, *parts):
            filled = [x.new_zeros(shape[0] * shape[1], *x.shape[1:]).index_copy(0, place, x).view(*shape, *x.shape[1:]).transpose(1, 2) for x in part]
            result = functional.scaled_dot_product_attention(*filled, is_causal=True)
            mixed.append(result.transpose(1, 2).reshape(-1, *queries.shape[1:])[place])
        return torch.cat(mixed)


class Attention(nn.Module):
    """Causal attention with grouped keys and values."""

    def __init__(self):
        super().__init__()
        self.q_proj = nn.Linear(HIDDEN, HEADS * HEAD_SIZE, bias=False)
        self.k_proj = nn.Linear(HIDDEN, KEY_VALUE_HEADS * HEAD_SIZE, bias=False)
        self.v_proj = nn.Linear(HIDDEN, KEY_VALUE_HEADS * HEAD_SIZE, bias=False)
        self.o_proj = nn.Linear(HEADS * HEAD_SIZE, HIDDEN, bias=False)

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        queries = self.q_proj(x).view(-1, HEADS, HEAD_SIZE)
        keys = self.k_proj(x).view(-1, KEY_VALUE_HEADS, HEAD_SIZE)
        values = self.v_proj(x).view(-1, KEY_VALUE_HEADS, HEAD_SIZE)
        queries, keys = rotate(queries, layout.cosine, layout.sine), rotate(keys, layout.cosine, layout.sine)
        keys, values = (part.repeat_interleave(HEADS // KEY_VALUE_HEADS, dim=1) for part in (keys, values))
        with torch.autocast("cpu", enabled=False):  # float32 is the faster one here
            mixed = layout.attend(queries.float(), keys.float(), values.float())
        return self.o_proj(mixed.reshape(-1, HIDDEN))


class FeedForward(nn.Module):
    """Two projections up, one gated by the other, and one down."""

    def __init__(self):
        super().__init__()
        self.gate_proj = nn.Linear(HIDDEN, FEED_FORWARD, bias=False)
        self.up_proj = nn.Linear(HIDDEN, FEED_FORWARD, bias=False)
        self.down_proj = nn.Linear(FEED_FORWARD, HIDDEN, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_layernorm, self.post_attention_layernorm = Norm(), Norm()
        self.self_attn, self.mlp = Attention(), FeedForward()

    def forward(self, x: Tensor, layout: Layout) -> Tensor:
        x = x + self.self_attn(self.input_layernorm(x), layout)
        return x + self.mlp(self.post_attention_layernorm(x))


class Decoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed_tokens = nn.Embedding(VOCABULARY, HIDDEN)
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))
        self.norm = Norm()


class ChatModel(nn.Module):
    """The language model; the head is the embedding, transposed."""

    def __init__(self):
        super().__init__()
        self.model = Decoder()
        for parameter in self.parameters():
            if parameter.ndim == 2:
                nn.init.normal_(parameter, std=0.02)
        frequencies = THETA ** (-torch.arange(0, HEAD_SIZE, 2) / HEAD_SIZE)
        angles = torch.outer(torch.arange(CONTEXT), frequencies).repeat(1, 2)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, groups: list[Tensor], wanted: list[Tensor]) -> Tensor:
        """Logits for the token after each wanted position, group after group, row after row.

        groups: ids [batch, length] int64, PADDING on the right; wanted: bool of the same shapes.
        """
        layout = Layout(groups, self.cosine, self.sine)
        x = self.model.embed_tokens(layout.ids)
        for layer in self.model.layers:
            x = layer(x, layout)
        return functional.linear(self.model.norm(x[layout.row(wanted)]), self.model.embed_tokens.weight)


def for_transformers(model: ChatModel) -> LlamaForCausalLM:
    """The same model as transformers knows it."""
    config = LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=FEED_FORWARD, num_hidden_layers=LAYERS,
        num_attention_heads=HEADS, num_key_value_heads=KEY_VALUE_HEADS, max_position_embeddings=CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": THETA}, rms_norm_eps=EPSILON, tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=2, pad_token_id=0,
    )
    other = LlamaForCausalLM(config)
    other.load_state_dict({**model.state_dict(), "lm_head.weight": model.model.embed_tokens.weight})
    other.generation_config.eos_token_id = [2, 0]
    return other.float().eval()
