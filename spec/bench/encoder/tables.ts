import { median } from '../llm/figures.ts'

/** What each measures, one after the other, so many times; noted as it comes. */
export async function inRounds(
  rounds: number,
  unit: string,
  measures: Readonly<Record<string, () => Promise<number>>>,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const rates = new Map<string, number[]>(Object.keys(measures).map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const [name, measure] of Object.entries(measures)) {
      const rate = await measure()
      console.error(`${name}: ${rate.toFixed(1)} ${unit}`)
      rates.get(name)!.push(rate)
    }
  }
  return rates
}

/** A table in Markdown of the rates of all rounds, by who was measured: medians, and those of ours to each in the same round. */
export function printRatios(
  title: string,
  unit: string,
  rates: ReadonlyMap<string, readonly number[]>,
  limits: Readonly<Record<string, string>>,
): void {
  const own = rates.get('ovms-ts') ?? []
  console.log(`\n| ${title} | ${unit} | ovms-ts / it | limit |\n|---|---|---|---|`)
  for (const [name, all] of rates) {
    const ratio = median(own.map((rate, round) => rate / (all[round] ?? Number.NaN)))
    console.log(`| ${name} | ${median(all).toFixed(median(all) < 100 ? 1 : 0)} | ${ratio.toFixed(2)} | ${limits[name] ?? ''} |`)
  }
}
