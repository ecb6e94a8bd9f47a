import { readJson, readJsonString, readJsonWord } from './json-arguments.ts'
import type { Reading, Show, TextReader } from './text-reader.ts'
import type { CallBody } from './tool-formats.ts'

/** Keys under which models write the arguments, whatever they were told. */
const argumentKeys = ['arguments', 'parameters']

/** What a call tells before its name; a JSON object that begins otherwise is an answer. */
const keysBeforeName = ['type', 'id']

/**
 * A call as a JSON object.
 *
 * @param begin is told the name, and the id if the model wrote one before it; whether it is to be taken for a call
 * @param isBare whether anything but a call may begin with the same bracket
 * @returns whether there is a call; if so, the reader is behind what could be read of it, and has recorded what was read in vain
 */
export function* readCallObject(
  reader: TextReader,
  body: CallBody & { readonly type: 'object' },
  isBare: boolean,
  begin: (name: string, id: string | undefined) => boolean,
  show: Show,
): Reading<boolean> {
  if ((yield* reader.match(['{'])) === undefined) return false
  /** Models that were told one key use another; behind the name only arguments are an object. */
  function* isForArguments(key: string): Reading<boolean> {
    return key === body.arguments || argumentKeys.includes(key) || (isBegun && (yield* reader.peek()) === '{')
  }
  let id: string | undefined
  let isBegun = false
  /** Arguments that came before the name. */
  let early: string | undefined
  let isShown = false
  for (;;) {
    // Until the call has begun, its beginning is recorded, for it may be none.
    if (isBegun) reader.record()
    yield* reader.run(/[\s,]+/y)
    if ((yield* reader.match(['}'])) !== undefined) {
      if (!isBegun) return false
      reader.recorded()
      if (!isShown) show('{}')
      return true
    }
    const key = yield* readJsonString(reader)
    if (key === undefined) return isBegun
    yield* reader.space()
    if ((yield* reader.match([':'])) === undefined) return isBegun
    yield* reader.space()
    if (key === body.name && !isBegun) {
      const name = yield* readJsonString(reader)
      if (!name || !begin(name, id)) return false
      isBegun = true
      if (early !== undefined) show(early)
    } else if (!isShown && (isBegun || !isBare) && (yield* isForArguments(key))) {
      isShown = true
      if (isBegun) {
        reader.recorded()
        if (!(yield* readArguments(reader, show))) return true
        continue
      }
      early = ''
      const isWhole = yield* readArguments(reader, (text) => {
        early += text
      })
      if (!isWhole) return false
    } else {
      if (isBare && !isBegun && !keysBeforeName.includes(key)) return false
      const value = yield* readValue(reader)
      if (value === undefined) return isBegun
      if (key === body.id) id = value
    }
  }
}

/** An object; but some models write it into a string, and `null` for none. */
function* readArguments(reader: TextReader, show: Show): Reading<boolean> {
  const next = yield* reader.peek()
  if (next === '{' || next === '[') return yield* readJson(reader, show)
  if (next === '"') {
    const text = yield* readJsonString(reader)
    if (text !== undefined) show(text.trimStart().startsWith('{') ? text : JSON.stringify(text))
    return text !== undefined
  }
  const word = yield* readJsonWord(reader)
  if (word !== '') show(word === 'null' ? '{}' : word)
  return word !== ''
}

/** Any JSON value, for what tells nothing of function and arguments. */
function* readValue(reader: TextReader): Reading<string | undefined> {
  const next = yield* reader.peek()
  if (next === '"') return yield* readJsonString(reader)
  if (next === '{' || next === '[') return (yield* readJson(reader, () => {})) ? '' : undefined
  return (yield* readJsonWord(reader)) || undefined
}
