import type { Pieces } from './pieces.ts'
import type { TokenDecoder } from './tokenizer.ts'

/** A token of a SentencePiece vocabulary with byte fallback (Llama 2, Gemma): text, or one byte spelled `<0xE4>`. */
export type FallbackPiece = string | number

const oneByte = /^<0x([0-9a-fA-F]{2}|\+[0-9a-fA-F])>$/
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The piece, for the text that is left after the decoder's replacements. */
export function fallbackPiece(text: string): FallbackPiece {
  const spelled = oneByte.exec(text)
  return spelled === null ? text : Number.parseInt(spelled[1]!.replace('+', ''), 16)
}

/**
 * Bytes are held until other text ends their run, since the library judges a run as a whole: valid UTF-8 becomes its
 * characters, anything else one U+FFFD for each byte. At the very beginning up to `strip` spaces are left out.
 */
export class ByteFallbackDecoder implements TokenDecoder {
  readonly #pieces: Pieces<FallbackPiece>
  readonly #strip: { readonly content: string; readonly count: number }
  #stripped = 0
  #begun = false
  #run: number[] = []

  constructor(pieces: Pieces<FallbackPiece>, strip: { readonly content: string; readonly count: number }) {
    this.#pieces = pieces
    this.#strip = strip
  }

  push(token: number): string {
    const piece = this.#pieces.get(token)
    if (piece === undefined) return ''
    if (typeof piece === 'number') {
      this.#run.push(piece)
      return ''
    }
    return this.#shown(this.#run.length === 0 ? piece : this.#runText() + piece)
  }

  end(): string {
    return this.#shown(this.#runText())
  }

  #runText(): string {
    const run = this.#run
    if (run.length === 0) return ''
    this.#run = []
    try {
      return strict.decode(Uint8Array.from(run))
    } catch {
      return '\uFFFD'.repeat(run.length)
    }
  }

  #shown(text: string): string {
    if (this.#begun) return text
    let from = 0
    while (this.#stripped < this.#strip.count && text.startsWith(this.#strip.content, from)) {
      from += this.#strip.content.length
      this.#stripped++
    }
    this.#begun = from < text.length || this.#stripped === this.#strip.count
    return text.slice(from)
  }
}
