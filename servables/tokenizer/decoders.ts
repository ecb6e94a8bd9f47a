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

/**
 * Chooses how one answer's tokens become text as they come, from the decoder section of a `tokenizer.json`. Native decoding of
 * each token with its neighbours would cost more than the rest of a token's way; a table of what each id spells costs a look-up.
 *
 * @param textOf a token's text in the vocabulary; null when it is to be left out
 * @param decode the library's own decoder, over texts
 */
export function streamDecoders(
  section: unknown,
  textOf: (token: number) => string | null,
  decode: (texts: string[]) => string,
): () => TokenDecoder {
  const parts = partsOf(section)
  const types = parts.map((part) => part.type).join(' ')
  if (types === 'ByteLevel') {
    const pieces = new Pieces(textOf, bytePiece)
    return () => new ByteLevelDecoder(pieces)
  }
  if (types === '' || types === 'Metaspace' || types === 'WordPiece') {
    const before = decode(['a'])
    const pieces = new Pieces(textOf, (text) => ({ first: decode([text]), later: decode(['a', text]).slice(before.length) }))
    return () => new PiecewiseDecoder(pieces)
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
      return () => new ByteFallbackDecoder(pieces, strip)
    }
  }
  return () => new WindowDecoder(textOf, decode)
}
