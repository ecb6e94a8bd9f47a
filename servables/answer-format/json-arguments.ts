import type { Reading, Show, TextReader } from './text-reader.ts'

/** Within a string: its end, an escape, or a character that JSON wants escaped and models write as it is. */
const inString = /["\\\u0000-\u001f]/g
/** Between strings: what opens or closes, and what has no place in JSON. */
const between = /["{}[\]]|[^\s\w.,:+-]/g

/**
 * A JSON object or array, shown as it comes. Line breaks and other control characters in its strings are escaped, so that what
 * was meant is what is read. Otherwise only brackets are counted: what models write within is shown as it is.
 *
 * @returns whether it ended as it should; if not, the reader is where the text stops to be JSON
 */
export function* readJson(reader: TextReader, show: Show): Reading<boolean> {
  let depth = 0
  let isString = false
  let isEscape = false
  while (yield* reader.more()) {
    const text = reader.unread
    let shown = 0
    let at: number = isEscape ? 1 : 0
    isEscape = false
    for (;;) {
      const pattern = isString ? inString : between
      pattern.lastIndex = at
      const found = pattern.exec(text)
      if (!found) break
      const character = found[0]
      at = found.index + 1
      if (character === '"') isString = !isString
      else if (character === '\\' && isString) {
        isEscape = at === text.length
        at++
      } else if (isString) {
        show(reader.take(found.index - shown) + escaped(character))
        reader.take(1)
        shown = at
      } else if (character === '{' || character === '[') depth++
      else if (character === '}' || character === ']') {
        depth--
        if (depth > 0) continue
        show(reader.take(at - shown))
        return true
      } else {
        show(reader.take(found.index - shown))
        return false
      }
    }
    show(reader.take(text.length - shown))
  }
  return false
}

/** A JSON string; undefined: what comes is none, or does not end. */
export function* readJsonString(reader: TextReader): Reading<string | undefined> {
  if ((yield* reader.match(['"'])) === undefined) return undefined
  let raw = ''
  for (;;) {
    raw += yield* reader.run(/[^"\\]+/y)
    const mark = yield* reader.match(['"', '\\'])
    if (mark === undefined) return undefined
    if (mark === '"') return unescaped(raw)
    if (!(yield* reader.more())) return undefined
    raw += mark + reader.take(1)
  }
}

/** A number, `true`, `false` or `null`. */
export function readJsonWord(reader: TextReader): Reading<string> {
  return reader.run(/[\w.+-]+/y)
}

/** Text as it stands in a JSON string. */
export const escaped = (text: string) => JSON.stringify(text).slice(1, -1)

function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw.replace(/[\u0000-\u001f]/g, escaped)}"`)
  } catch {
    return raw
  }
}
