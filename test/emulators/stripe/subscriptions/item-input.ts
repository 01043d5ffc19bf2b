import { createPrice } from '../catalog/price.ts';
import { invalid } from '../kernel/failure.ts';
import type { PriceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { recurringPrice } from './item.ts';
import type { ItemChange } from './params.ts';

/** The price that an item names, or that is made for it. */
export function priceOf(world: World, item: ItemChange, index: number): PriceRow {
  if (item.price_data !== undefined) return createPrice(world, item.price_data);
  const param = `items[${index}][price]`;
  if (item.price === undefined)
    throw invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param });
  return recurringPrice(world, item.price, param);
}
