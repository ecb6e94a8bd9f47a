import { z } from 'zod'
import { ByteFallbackDecoder, fallbackPiece } from './byte-fallback.ts'
import { ByteLevelDecoder, bytePiece } from './byte-level.ts'
import { Pieces } from './pieces.ts'
import { PiecewiseDecoder, WindowDecoder } from './piecewise.ts'
import type { TokenDecoder } from './tokenizer.ts'

const Part = z.looseObject({ type: z.string() })
const Sequence = z.object({ type: z.literal('Sequence'), decoders: z.array(z.unknown()) })
const Replace = z.object({ type: z.literal('Replace'), pattern: z.object({ String: z.string() }), content: z.string() })
const Strip = z.object({ type: z.literal('Strip'), content: z.string(), start: z.number(), stop: z.literal(0) })

type DecoderPart = z.infer<typeof Part>

/** The steps of a `tokenizer.json`'s decoder section, nested sequences laid flat. */
export function partsOf(section: unknown): readonly DecoderPart[] {
  if (section === null || section === undefined) return []
  const sequence = Sequence.safeParse(section)
  return sequence.success ? sequence.data.decoders.flatMap(partsOf) : [Part.parse(section)]
}

/** What a vocabulary's tokens spell. */
export interface Spelling {
  /** For one answer's tokens as they come. */
  decoder(): TokenDecoder
  /** A token's bytes behind other tokens; none for one that is left out. */
  bytesOf(token: number): Uint8Array
}

const utf8 = new TextEncoder()

/** A spelling by pieces, each of which knows its bytes. */
function spellingOf<T>(
  pieces: Pieces<T>,
  decoder: (pieces: Pieces<T>) => TokenDecoder,
  bytes: (piece: T) => Uint8Array,
): Spelling {
  return {
    decoder: () => decoder(pieces),
    bytesOf: (token) => {
      const piece = pieces.get(token)
      return piece === undefined ? new Uint8Array(0) : bytes(piece)
    },
  }
}

/**
 * Chooses how one answer's tokens become text as they come, from the decoder section of a `tokenizer.json`. Native decoding of
 * each token with its neighbours would cost more than the rest of a token's way; a table of what each id spells costs a look-up.
 *
 * @param textOf a token's text in the vocabulary; null when it is to be left out
 * @param decode the library's own decoder, over texts
 */
export function spellTokens(
  section: unknown,
  textOf: (token: number) => string | null,
  decode: (texts: string[]) => string,
): Spelling {
  const parts = partsOf(section)
  const types = parts.map((part) => part.type).join(' ')
  if (types === 'ByteLevel') {
    const pieces = new Pieces(textOf, bytePiece)
    return spellingOf(
      pieces,
      (pieces) => new ByteLevelDecoder(pieces),
      ({ bytes }) => bytes,
    )
  }
  if (types === '' || types === 'Metaspace' || types === 'WordPiece') {
    const before = decode(['a'])
    const pieces = new Pieces(textOf, (text) => ({ first: decode([text]), later: decode(['a', text]).slice(before.length) }))
    return spellingOf(
      pieces,
      (pieces) => new PiecewiseDecoder(pieces),
      ({ later }) => utf8.encode(later),
    )
  }
  if (/^(Replace )*ByteFallback Fuse( Strip)?$/.test(types)) {
    const replacements = parts.map((part) => Replace.safeParse(part)).filter((parsed) => parsed.success)
    const strips = parts.map((part) => Strip.safeParse(part)).filter((parsed) => parsed.success)
    // A pattern that is a regular expression, or a strip at the end of the text, is not of this shape.
    const understood = replacements.length + strips.length === parts.length - 2
    if (understood) {
      const strip = { content: strips[0]?.data.content ?? ' ', count: strips[0]?.data.start ?? 0 }
      const pieces = new Pieces(textOf, (text) =>
        fallbackPiece(replacements.reduce((left, { data }) => left.replaceAll(data.pattern.String, () => data.content), text)),
      )
      return spellingOf(
        pieces,
        (pieces) => new ByteFallbackDecoder(pieces, strip),
        (piece) => (typeof piece === 'number' ? Uint8Array.of(piece) : utf8.encode(piece)),
      )
    }
  }
  const pieces = new Pieces(textOf, (text) => utf8.encode(decode([text])))
  return spellingOf(
    pieces,
    () => new WindowDecoder(textOf, decode),
    (bytes) => bytes,
  )
}
