/** Text to token ids and back, as the Python `tokenizers` library does it, for a `tokenizer.json`. */
export interface Tokenizer {
  /** Added tokens included. A model's own vocabulary may be larger: it is often padded. */
  readonly vocabularySize: number
  /** What fills shorter texts up to a length; undefined: the tokenizer has no such token. */
  readonly padToken?: number | undefined
  /** Characters of a text that one token stands for at most; undefined: any number. */
  readonly longestToken?: number | undefined
  /** How the model reads a text with a gap that it is to fill; absent: it has no tokens for that. */
  readonly gap?: ((before: string, behind: string) => string) | undefined
  /**
   * `addSpecialTokens` (default true) lets the post-processor put its beginning and end tokens around the text. `onLength` is told
   * how many tokens there are before their ids are read, which takes this thread's time; what it throws is thrown.
   */
  encode(
    text: string,
    options?: { readonly addSpecialTokens?: boolean; readonly onLength?: (tokens: number) => void },
  ): Promise<readonly number[]>
  /** Leaves special tokens out, unless `skipSpecialTokens` is false. Ids that the tokenizer does not know become nothing. */
  decode(tokens: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string
  /** What a token spells wherever it does not begin a text; it may be part of a character. A special token's are its name's. */
  bytesOf(token: number): Uint8Array
  /** For one answer's tokens as they come. Of special tokens that are left out, `shown` are not. */
  decoder(options?: { readonly skipSpecialTokens?: boolean; readonly shown?: readonly string[] }): TokenDecoder
}

/** Joined, what `push` and `end` return equals `decode` of all the tokens. */
export interface TokenDecoder {
  /** The text that this token completes: '' while a character's bytes are incomplete. */
  push(token: number): string
  /** What is left when no more tokens come. */
  end(): string
}
