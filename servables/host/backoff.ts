/** In milliseconds. */
const LONGEST_DELAY = 10_000
/** A life as long as the longest delay makes up for the deaths before it. */
const HEALTHY_LIFE = LONGEST_DELAY

/** How long, in milliseconds, the next try waits, after so many in vain: each time twice as long as before, up to 10 s. */
export const delayAfter = (tries: number, first: number): number => Math.min(LONGEST_DELAY, first * 2 ** (tries - 1))

/** Deaths in a row, with one more after a life of so many milliseconds. */
export const deathsAfter = (lifetime: number, deaths: number): number => (lifetime >= HEALTHY_LIFE ? 1 : deaths + 1)
