const words =
  'time year people way day man thing woman life child world school state family group country hand part place case week'
const vocabulary = words.split(' ')

/** A text of so many words, each of which is one token to MiniLM. */
export const sentence = (length: number, seed: number) =>
  Array.from({ length }, (_, k) => vocabulary[(seed * 7 + k * (1 + (seed % 5))) % vocabulary.length]).join(' ')
