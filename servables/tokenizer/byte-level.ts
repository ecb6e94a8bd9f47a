import type { Pieces } from './pieces.ts'
import type { TokenDecoder } from './tokenizer.ts'

/** A token of a byte-level vocabulary (GPT-2, Llama 3, Qwen). */
export interface BytePiece {
  readonly bytes: Uint8Array
  /** The bytes as text, when they are whole characters. */
  readonly text: string | undefined
}

/**
 * GPT-2's alphabet, which spells every byte as a visible character: printable Latin-1 as itself, the others from
 * U+0100 on (`bytes_to_unicode` in GPT-2's encoder.py).
 */
const byteOf: ReadonlyMap<string, number> = (() => {
  const alphabet = new Map<string, number>()
  let spare = 256
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    alphabet.set(String.fromCodePoint(printable ? byte : spare++), byte)
  }
  return alphabet
})()

/** The 256 of them. */
export const byteLetters: readonly string[] = [...byteOf.keys()]

const utf8 = new TextEncoder()
// A byte-order mark is a character like any other here.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const lossy = new TextDecoder('utf-8', { ignoreBOM: true })

/** The bytes that a token's text spells; its own UTF-8 when a character is not of the alphabet, as the library does. */
export function bytePiece(text: string): BytePiece {
  const spelled = Array.from(text, (character) => byteOf.get(character))
  const bytes = spelled.every((byte) => byte !== undefined) ? Uint8Array.from(spelled) : utf8.encode(text)
  try {
    return { bytes, text: strict.decode(bytes) }
  } catch {
    return { bytes, text: undefined }
  }
}

/** How many bytes at the end begin a character that later bytes could complete. */
export function incompleteTail(bytes: Uint8Array): number {
  for (let length = 1; length <= 3 && length <= bytes.length; length++) {
    const first = bytes[bytes.length - length]!
    if (first < 0x80) return 0
    if (first < 0xc0) continue
    const wanted = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0
    if (length >= wanted) return 0
    return length === 1 || mayFollow(first, bytes[bytes.length - length + 1]!) ? length : 0
  }
  return 0
}

/** Whether the second byte leaves a valid character possible (Unicode 15, table 3-7): not overlong, no surrogate, ≤ U+10FFFF. */
function mayFollow(first: number, second: number): boolean {
  if (first === 0xe0) return second >= 0xa0
  if (first === 0xed) return second < 0xa0
  if (first === 0xf0) return second >= 0x90
  if (first === 0xf4) return second < 0x90
  return true
}

/** Holds back the bytes of an incomplete character; what can never become one is U+FFFD, as in Rust's `from_utf8_lossy`. */
export class ByteLevelDecoder implements TokenDecoder {
  readonly #pieces: Pieces<BytePiece>
  #held: Uint8Array = new Uint8Array(0)

  constructor(pieces: Pieces<BytePiece>) {
    this.#pieces = pieces
  }

  push(token: number): string {
    const piece = this.#pieces.get(token)
    if (piece === undefined) return ''
    if (this.#held.length === 0 && piece.text !== undefined) return piece.text
    const bytes = new Uint8Array(this.#held.length + piece.bytes.length)
    bytes.set(this.#held)
    bytes.set(piece.bytes, this.#held.length)
    const whole = bytes.length - incompleteTail(bytes)
    this.#held = bytes.subarray(whole)
    return lossy.decode(bytes.subarray(0, whole))
  }

  end(): string {
    const rest = lossy.decode(this.#held)
    this.#held = new Uint8Array(0)
    return rest
  }
}
