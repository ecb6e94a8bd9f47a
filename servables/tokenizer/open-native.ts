import { Tokenizer } from 'tokenizers'

/** A tokenizer.json's text, opened; truncation and padding, which some files switch on, are off. */
export function openNative(text: string): Tokenizer {
  const native = Tokenizer.fromString(text)
  native.disableTruncation()
  native.disablePadding()
  return native
}
