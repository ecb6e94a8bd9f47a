"""New words that look like English: each letter is drawn by the two letters before it, as they follow each other in known words."""

from collections import defaultdict

from . import words


def _followers(known: list[str]) -> dict[str, list[str]]:
    """The letters that come after each pair of letters; "^" begins a word and "$" ends it."""
    followers: dict[str, list[str]] = defaultdict(list)
    for word in known:
        marked = "^^" + word.lower() + "$"
        for index in range(2, len(marked)):
            followers[marked[index - 2 : index]].append(marked[index])
    return followers


_COMMON = _followers([word for word in words.COMMON + words.THINGS + words.ANIMALS + words.JOBS if word.isascii()])
_NAMES = _followers([name for name in words.NAMES + words.CITIES if name.isalpha()])


def spelled(pick, name: bool) -> str:
    """A new word of four to eleven small letters, like a name or like another word."""
    followers = _NAMES if name else _COMMON
    while True:
        word = "^^"
        while word[-1] != "$" and len(word) < 14:
            word += pick(followers[word[-2:]])
        word = word[2:].rstrip("$")
        if 4 <= len(word) <= 11:
            return word
