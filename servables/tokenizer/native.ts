import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Encoding, Tokenizer as NativeTokenizer } from 'tokenizers'
import { z } from 'zod'
import { EngineError } from '../../engine/index.ts'
import { type Spelling, spellTokens } from './decoders.ts'
import { EncodingThread } from './encoding-thread.ts'
import { cutPair, type Frame, frameOf } from './frame.ts'
import { gapWriter } from './gap.ts'
import { longestToken } from './longest-token.ts'
import { openNative } from './open-native.ts'
import { templatedPairs } from './templated-pairs.ts'
import type { PairEncoder, PairForm, TokenDecoder, Tokenizer } from './tokenizer.ts'

const TokenizerFile = z.object({
  decoder: z.unknown(),
  added_tokens: z.array(z.object({ content: z.string(), special: z.boolean() })).default([]),
})

const TokenizerConfig = z.object({ pad_token: z.union([z.string(), z.object({ content: z.string() })]).nullish() })

/**
 * Loads `tokenizer.json` from a model's directory with Hugging Face's native library. Lengths are the caller's
 * business, whatever the file says.
 *
 * @throws EngineError `bad_model` when the file is missing or is not a tokenizer
 */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const path = join(directory, 'tokenizer.json')
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    const how = "Save it beside the model, with transformers' AutoTokenizer.save_pretrained()"
    throw new EngineError('bad_model', `Cannot read ${path}. ${how}.`, { cause })
  })
  try {
    const file: unknown = JSON.parse(text)
    const { decoder, added_tokens } = TokenizerFile.parse(file)
    const special = new Set(added_tokens.filter((token) => token.special).map((token) => token.content))
    const native = openNative(text)
    const padToken = await padTokenOf(directory, native)
    const about = { padToken, longestToken: longestToken(file) }
    return new HuggingFaceTokenizer(native, decoder, special, about, new EncodingThread(path))
  } catch (cause) {
    if (cause instanceof EngineError) throw cause
    throw new EngineError('bad_model', `${path} is not a tokenizer that the tokenizers library reads: ${reasonOf(cause)}`, {
      cause,
    })
  }
}

const reasonOf = (cause: unknown) =>
  cause instanceof z.ZodError ? z.prettifyError(cause) : cause instanceof Error ? cause.message : String(cause)

/** `pad_token` of `tokenizer_config.json`; a directory without that file has none. */
async function padTokenOf(directory: string, native: NativeTokenizer): Promise<number | undefined> {
  const path = join(directory, 'tokenizer_config.json')
  const text = await readFile(path, 'utf8').catch(() => '{}')
  try {
    const { pad_token } = TokenizerConfig.parse(JSON.parse(text))
    const content = typeof pad_token === 'string' ? pad_token : pad_token?.content
    return content === undefined ? undefined : (native.tokenToId(content) ?? undefined)
  } catch (cause) {
    throw new EngineError('bad_model', `${path} is not what it should be: ${reasonOf(cause)}`, { cause })
  }
}

/** Any text that has tokens. */
const probe = 'a'

/** Characters of a text that takes a thread for milliseconds. */
const long = 64 * 1024
/** Characters of a text whose tokens would take this thread for tens of milliseconds. */
const longest = 256 * 1024

class HuggingFaceTokenizer implements Tokenizer {
  readonly vocabularySize: number
  readonly padToken: number | undefined
  readonly longestToken: number | undefined
  readonly gap: Tokenizer['gap']
  readonly #native: NativeTokenizer
  readonly #textOf: (token: number) => string | null
  readonly #plainTextOf: (token: number) => string | null
  readonly #decodeTexts: (texts: string[]) => string
  readonly #spelling: Spelling
  readonly #plainSpelling: Spelling
  readonly #shownSpellings = new WeakMap<readonly string[], Spelling>()
  readonly #decoderSection: unknown
  readonly #thread: EncodingThread
  /** Settles when no long text is at work. */
  #longTexts: Promise<unknown> = Promise.resolve()

  constructor(
    native: NativeTokenizer,
    decoder: unknown,
    special: ReadonlySet<string>,
    { padToken, longestToken }: Pick<Tokenizer, 'padToken' | 'longestToken'>,
    thread: EncodingThread,
  ) {
    this.vocabularySize = native.getVocabSize(true)
    this.padToken = padToken
    this.longestToken = longestToken
    this.gap = gapWriter((text) => native.tokenToId(text) !== null)
    this.#native = native
    this.#thread = thread
    this.#decoderSection = decoder
    this.#textOf = (token) => native.idToToken(token)
    this.#plainTextOf = (token) => {
      const text = native.idToToken(token)
      return text === null || special.has(text) ? null : text
    }
    // The library decodes ids on another thread, for a price; its decoder alone works here and now.
    const chain = native.getDecoder()
    this.#decodeTexts = (texts) => (chain === null ? texts.join(' ') : chain.decode(texts))
    this.#spelling = spellTokens(decoder, this.#textOf, this.#decodeTexts)
    this.#plainSpelling = spellTokens(decoder, this.#plainTextOf, this.#decodeTexts)
  }

  async encode(text: string, options: Parameters<Tokenizer['encode']>[1] = {}): Promise<readonly number[]> {
    const { addSpecialTokens = true, maxLength = Number.POSITIVE_INFINITY, cut = 'right' } = options
    const { length, read } = await this.#idsOf(text, addSpecialTokens)
    options.onLength?.(Math.min(length, maxLength))
    const ids = read()
    if (length <= maxLength) return ids
    const { before, after } = await this.#frame(addSpecialTokens)
    const inside = ids.slice(before.ids.length, ids.length - after.ids.length)
    const room = Math.max(0, maxLength - before.ids.length - after.ids.length)
    return [...before.ids, ...(cut === 'left' ? inside.slice(inside.length - room) : inside.slice(0, room)), ...after.ids]
  }

  /** Reading ids from the library takes this thread's time. */
  async #idsOf(
    text: string,
    addSpecialTokens: boolean,
  ): Promise<{ readonly length: number; readonly read: () => readonly number[] }> {
    if (text.length >= longest) {
      const ids = await this.#thread.encode(text, { addSpecialTokens })
      return { length: ids.length, read: () => ids }
    }
    const encoding = await this.#encoded(text, null, { addSpecialTokens })
    return { length: encoding.getLength(), read: () => encoding.getIds() }
  }

  /** Around a text; of texts without special tokens there is none. */
  async #frame(addSpecialTokens: boolean): Promise<Frame> {
    return frameOf(await this.#encoded(probe, null, { addSpecialTokens }))
  }

  pairEncoder(form: PairForm): PairEncoder {
    if (form.template) return templatedPairs(this, form.template, form)
    const idsOf = async (text: string) => (await this.#encoded(text, null, { addSpecialTokens: false })).getIds()
    const frame = this.#encoded(probe, probe, { addSpecialTokens: true }).then(frameOf)
    const firsts = new Map<string, Promise<readonly number[]>>()
    return async (first, second) => {
      const reading = firsts.get(first) ?? idsOf(first).then((ids) => ids.slice(0, form.maxFirstTokens))
      firsts.set(first, reading)
      return cutPair(await reading, await idsOf(second), await frame, form)
    }
  }

  /** Long texts take turns, so that they leave threads to the others. */
  #encoded(first: string, second: string | null, options: { readonly addSpecialTokens: boolean }): Promise<Encoding> {
    const encode = () => this.#native.encode(first, second, options)
    if (first.length + (second?.length ?? 0) < long) return encode()
    const encoded = this.#longTexts.then(encode)
    this.#longTexts = encoded.catch(() => {})
    return encoded
  }

  decode(tokens: readonly number[], options: { readonly skipSpecialTokens?: boolean } = {}): string {
    const textOf = (options.skipSpecialTokens ?? true) ? this.#plainTextOf : this.#textOf
    return this.#decodeTexts(tokens.map(textOf).filter((text) => text !== null))
  }

  bytesOf(token: number): Uint8Array {
    return this.#spelling.bytesOf(token)
  }

  nameOf(token: number): string {
    return this.#textOf(token) ?? ''
  }

  decoder({ skipSpecialTokens = true, shown = [] }: Parameters<Tokenizer['decoder']>[0] = {}): TokenDecoder {
    if (!skipSpecialTokens) return this.#spelling.decoder()
    return (shown.length === 0 ? this.#plainSpelling : this.#spellingWith(shown)).decoder()
  }

  /** Lists of shown tokens are as few as the models' formats, so their tables are kept as long as the lists are. */
  #spellingWith(shown: readonly string[]): Spelling {
    const known = this.#shownSpellings.get(shown)
    if (known) return known
    const texts = new Set(shown)
    const textOf = (token: number) => {
      const text = this.#textOf(token)
      return text !== null && texts.has(text) ? text : this.#plainTextOf(token)
    }
    const spelling = spellTokens(this.#decoderSection, textOf, this.#decodeTexts)
    this.#shownSpellings.set(shown, spelling)
    return spelling
  }
}
