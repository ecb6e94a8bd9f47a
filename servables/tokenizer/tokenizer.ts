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
   * how many tokens there are before their ids are read, which takes this thread's time; what it throws is thrown. With
   * `maxLength` a longer text is cut, at its end unless `cut` says, so that the tokens around it have room.
   */
  encode(
    text: string,
    options?: {
      readonly addSpecialTokens?: boolean
      readonly onLength?: (tokens: number) => void
      readonly maxLength?: number | undefined
      readonly cut?: 'left' | 'right' | undefined
    },
  ): Promise<readonly number[]>
  /**
   * Encodes pairs of texts, with the tokens that the model wants around them, in as many pieces as their form makes necessary: each
   * has the first text and a part of the second. Of a first text that leaves too little room, only the beginning is taken, half of
   * the length at most. It is tokenized once, however many pairs it is in. Where the length has no room for a token of each text,
   * pieces are longer.
   */
  pairEncoder(form: PairForm): PairEncoder
  /** Leaves special tokens out, unless `skipSpecialTokens` is false. Ids that the tokenizer does not know become nothing. */
  decode(tokens: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string
  /** What a token spells wherever it does not begin a text; it may be part of a character. A special token's are its name's. */
  bytesOf(token: number): Uint8Array
  /** A token as the vocabulary has it: `Ġworld`; '' if it has not. */
  nameOf(token: number): string
  /** For one answer's tokens as they come. Of special tokens that are left out, `shown` are not. */
  decoder(options?: { readonly skipSpecialTokens?: boolean; readonly shown?: readonly string[] }): TokenDecoder
}

/** How pairs of texts are cut. */
export interface PairForm {
  /** Tokens of a piece at most, with those around the texts. */
  readonly maxLength: number
  /** Tokens that two pieces have in common. */
  readonly overlap: number
  /** Tokens of a second text that are read, its first ones; absent: all. */
  readonly maxTokens?: number | undefined
  /** Tokens of a first text that are read, its first ones; absent: all. */
  readonly maxFirstTokens?: number | undefined
  /** Pieces that are made, the first ones; absent: all. */
  readonly maxPieces?: number | undefined
  /** The form in which the model reads pairs; absent: that of the tokenizer. */
  readonly template?: PairTemplate | undefined
  /** What the form shall say that is to be looked for; absent: what it says by itself. */
  readonly instruction?: string | undefined
  /** Is told of each pair whose first text leaves too little room: its tokens, and those that are left. What it throws is thrown. */
  readonly onCut?: (tokens: number, left: number) => void
}

/** How a model that was made of a language model reads a query and a document: as one text of this form. */
export interface PairTemplate {
  /** What stands before the second text, the first in it. Without an instruction the model's own. */
  before(first: string, instruction?: string): string
  /** What stands behind the second text. */
  readonly after: string
}

export type PairEncoder = (first: string, second: string) => Promise<readonly PairEncoding[]>

/** A piece of a pair of texts. */
export interface PairEncoding {
  readonly ids: readonly number[]
  /** Which of the two texts each token belongs to, 0 or 1, as the model's tokenizer counts them. */
  readonly typeIds: readonly number[]
}

/** Joined, what `push` and `end` return equals `decode` of all the tokens. */
export interface TokenDecoder {
  /** The text that this token completes: '' while a character's bytes are incomplete. */
  push(token: number): string
  /** What is left when no more tokens come. */
  end(): string
}
