import type { InvoiceRow } from '../kernel/rows.ts';
import type { World } from '../kernel/world.ts';
import { discountAmounts } from './discounting.ts';

/** Stripe charges no card less than this; the remainder stays on the customer's balance. */
const smallestCharge = 50;

/** Adds up the lines of a draft. All amounts in cents. */
export function addUp(world: World, invoice: InvoiceRow): void {
  const subtotal = sum(invoice.lines.data.map((line) => line.amount));
  invoice.total_discount_amounts = discountAmounts(world, invoice);
  const discounted = sum(invoice.total_discount_amounts.map((discount) => discount.amount));
  invoice.subtotal = subtotal;
  invoice.subtotal_excluding_tax = subtotal;
  invoice.total = subtotal - discounted;
  invoice.total_excluding_tax = invoice.total;
  const { due, balance } = settleBalance(invoice.total, balanceOf(world, invoice));
  invoice.starting_balance = balanceOf(world, invoice);
  invoice.ending_balance = invoice.status === 'draft' ? null : balance;
  invoice.amount_due = due;
  invoice.amount_remaining = due - invoice.amount_paid;
}

/** What a total leaves to be paid, and what the customer's balance (negative: credit) is after it. */
export function settleBalance(total: number, balance: number): { due: number; balance: number } {
  const sumOfBoth = total + balance;
  if (sumOfBoth <= 0) return { due: 0, balance: sumOfBoth };
  if (sumOfBoth < smallestCharge) return { due: 0, balance: sumOfBoth };
  return { due: sumOfBoth, balance: 0 };
}

/** Moves the customer's balance as the finalized invoice says. */
export function applyBalance(world: World, invoice: InvoiceRow): void {
  addUp(world, invoice);
  const customer = world.customers.find(invoice.customer);
  const after = invoice.ending_balance;
  if (customer === undefined || after === null || after === customer.balance) return;
  world.change('customer.updated', customer, (row) => {
    row.balance = after;
  });
}

function balanceOf(world: World, invoice: InvoiceRow): number {
  return world.customers.find(invoice.customer)?.balance ?? 0;
}

export function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}
