/** What a model's tokens spell, laid out in few objects: it is sent to processes and threads. */
export interface Vocabulary {
  /** The bytes of all tokens, one after the other. */
  readonly bytes: Uint8Array
  /** Where each token's bytes end in `bytes`; its index is the token's id. */
  readonly ends: Uint32Array
  /** Logits of the model. Ids behind the last token are padding. */
  readonly size: number
  /** Tokens that end an answer: allowed where the grammar is fulfilled, and nowhere else. */
  readonly stopTokens: readonly number[]
}

/**
 * Lays out a vocabulary. A token without bytes (control tokens, holes) is never allowed.
 *
 * @param pieces the bytes of each token, by id; those beyond `size` are left out
 */
export function layOut(pieces: readonly Uint8Array[], size: number, stopTokens: readonly number[]): Vocabulary {
  const used = pieces.slice(0, size)
  const length = used.reduce((sum, piece) => sum + piece.length, 0)
  const bytes = new Uint8Array(length)
  const ends = new Uint32Array(used.length)
  let end = 0
  for (const [id, piece] of used.entries()) {
    bytes.set(piece, end)
    end += piece.length
    ends[id] = end
  }
  return { bytes, ends, size, stopTokens: stopTokens.filter((token) => token < size) }
}

/** The bytes of each token, by id. */
export function piecesOf({ bytes, ends }: Vocabulary): Uint8Array[] {
  return Array.from(ends, (end, id) => bytes.subarray(id === 0 ? 0 : ends[id - 1], end))
}

/** What a token spells, each byte as a character: nothing, where it has no bytes. */
export function speller({ bytes, ends }: Vocabulary): (token: number) => string {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return (token) => all.toString('latin1', token === 0 ? 0 : ends[token - 1], ends[token])
}
