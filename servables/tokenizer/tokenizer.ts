/** Text to token ids and back, as the Python `tokenizers` library does it, for a `tokenizer.json`. */
export interface Tokenizer {
  readonly vocabularySize: number
  encode(text: string, options?: { readonly addSpecialTokens?: boolean }): Promise<readonly number[]>
  decode(tokens: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string
  /** For one answer's tokens as they come. */
  decoder(options?: { readonly skipSpecialTokens?: boolean }): TokenDecoder
}

/** Joined, what `push` and `end` return equals `decode` of all the tokens. */
export interface TokenDecoder {
  /** The text that this token completes: '' while a character's bytes are incomplete. */
  push(token: number): string
  /** What is left when no more tokens come. */
  end(): string
}
