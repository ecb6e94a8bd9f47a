import type { Tokenizer } from './tokenizer.ts'

/** The tokenizer of a model that reads all texts in lower case. Source: sentence-transformers, `do_lower_case`. */
export const lowerCasing = (tokenizer: Tokenizer): Tokenizer => ({
  vocabularySize: tokenizer.vocabularySize,
  padToken: tokenizer.padToken,
  longestToken: tokenizer.longestToken,
  gap: tokenizer.gap,
  encode: (text, options) => tokenizer.encode(text.toLowerCase(), options),
  pairEncoder(form) {
    const encode = tokenizer.pairEncoder(form)
    return (first, second) => encode(first.toLowerCase(), second.toLowerCase())
  },
  decode: (tokens, options) => tokenizer.decode(tokens, options),
  bytesOf: (token) => tokenizer.bytesOf(token),
  nameOf: (token) => tokenizer.nameOf(token),
  decoder: (options) => tokenizer.decoder(options),
})
