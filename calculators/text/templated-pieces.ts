import type { Encoder, Tokenizer } from '../../servables/index.ts'

type PairForm = Parameters<Tokenizer['pairEncoder']>[0]
type Template = NonNullable<Encoder['pairTemplate']>

/**
 * Cuts pairs that a model reads in a form of its own: each piece has all of the form and of the query, and a part of the document.
 * The form has the model's special tokens in it. Of a query that leaves too little room, only the beginning is taken, half of the
 * length.
 */
export function templatedPieces(
  tokenizer: Tokenizer,
  template: Template,
  options: PairForm & { readonly instruction: string | undefined },
): ReturnType<Tokenizer['pairEncoder']> {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false })
  const heads = new Map<string, Promise<Head>>()
  const behind = encode(template.after)
  return async (query, document) => {
    const head = heads.get(query) ?? readHead(tokenizer, template, query, options)
    heads.set(query, head)
    const [{ ids: before, space }, after] = await Promise.all([head, behind])
    const body = (await encode(space + document)).slice(0, options.maxTokens)
    const room = Math.max(1, options.maxLength - before.length - after.length)
    return cut(body, room, Math.min(options.overlap, room - 1), options.maxPieces).map((part) => ({
      ids: [...before, ...part, ...after],
      typeIds: [],
    }))
  }
}

/** What stands before a document. */
interface Head {
  readonly ids: readonly number[]
  /** Blanks at its end, which a tokenizer reads with the word behind them. */
  readonly space: string
}

async function readHead(
  tokenizer: Tokenizer,
  { before }: Template,
  query: string,
  { maxLength, instruction }: { readonly maxLength: number; readonly instruction: string | undefined },
): Promise<Head> {
  const most = Math.floor(maxLength / 2)
  const queryIds = await tokenizer.encode(query, { addSpecialTokens: false })
  const asked = queryIds.length > most ? tokenizer.decode(queryIds.slice(0, most)) : query
  const text = before(asked, instruction)
  const [space] = /\x20*$/.exec(text)!
  const ids = await tokenizer.encode(text.slice(0, text.length - space.length), { addSpecialTokens: false })
  return { ids, space }
}

/** Parts of at most `length` tokens, of which each begins with the last `overlap` of the one before; of more than `most` the first. */
function cut(tokens: readonly number[], length: number, overlap: number, most = Number.POSITIVE_INFINITY): (readonly number[])[] {
  const parts = [tokens.slice(0, length)]
  for (let end = length; end < tokens.length && parts.length < most; ) {
    const start = end - overlap
    end = start + length
    parts.push(tokens.slice(start, end))
  }
  return parts
}
