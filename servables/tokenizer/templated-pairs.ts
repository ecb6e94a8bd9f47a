import { cutTokens, longestFirst } from './frame.ts'
import type { PairEncoder, PairForm, PairTemplate, Tokenizer } from './tokenizer.ts'

/**
 * Cuts pairs that a model reads in a form of its own: each piece has all of the form and of the first text, and a part of the
 * second. The form has the model's special tokens in it.
 */
export function templatedPairs(
  tokenizer: Pick<Tokenizer, 'encode' | 'decode'>,
  template: PairTemplate,
  form: PairForm,
): PairEncoder {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false })
  const heads = new Map<string, Promise<Head>>()
  const behind = encode(template.after)
  return async (first, second) => {
    const head = heads.get(first) ?? readHead(tokenizer, template, first, form)
    heads.set(first, head)
    const [{ ids: before, space }, after] = await Promise.all([head, behind])
    const body = (await encode(space + second)).slice(0, form.maxTokens)
    const room = form.maxLength - before.length - after.length
    return cutTokens(body, room, form).map((part) => ({ ids: [...before, ...part, ...after], typeIds: [] }))
  }
}

/** What stands before a second text. */
interface Head {
  readonly ids: readonly number[]
  /** Blanks at its end, which a tokenizer reads with the word behind them. */
  readonly space: string
}

async function readHead(
  tokenizer: Pick<Tokenizer, 'encode' | 'decode'>,
  { before, after }: PairTemplate,
  first: string,
  { maxLength, maxFirstTokens, instruction, onCut }: PairForm,
): Promise<Head> {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false })
  const [whole, empty] = await Promise.all([encode(first), encode(before('', instruction) + after)])
  const asked = whole.slice(0, maxFirstTokens)
  const most = longestFirst(maxLength, maxLength - empty.length)
  if (asked.length > most) onCut?.(asked.length, most)
  const read = asked.slice(0, most)
  const text = before(read.length < whole.length ? tokenizer.decode(read) : first, instruction)
  const [space] = /\x20*$/.exec(text)!
  return { ids: await encode(text.slice(0, text.length - space.length)), space }
}
