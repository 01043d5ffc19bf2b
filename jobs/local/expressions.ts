import { Environment, type ParseResult } from '@marcbachmann/cel-js';

const environment = new Environment({ unlistedVariablesAreDyn: true });
const compiled = new Map<string, ParseResult>();

/** `event` is what started the run, `async` the event that just came. */
export interface ExpressionInput {
  readonly event: unknown;
  readonly async?: unknown;
}

function compile(expression: string): ParseResult {
  const known = compiled.get(expression);
  if (known) return known;
  const result = environment.parse(expression);
  if (compiled.size > 1_000) compiled.clear();
  compiled.set(expression, result);
  return result;
}

/** Why this text is not a CEL expression; null when it is one. */
export function expressionFault(expression: string): string | null {
  try {
    compile(expression);
    return null;
  } catch (error) {
    return error instanceof Error ? (error.message.split('\n')[0] ?? 'invalid') : 'invalid';
  }
}

/** Whether the condition holds. As in Inngest, what cannot be evaluated (a missing key) does not. */
export function holds(expression: string | undefined, input: ExpressionInput): boolean {
  if (expression === undefined || expression === '') return true;
  return evaluate(expression, input) === true;
}

/** The value of an expression as part of a key; '' when it cannot be evaluated. */
export function keyOf(expression: string | undefined, input: ExpressionInput): string {
  if (expression === undefined) return '';
  const value = evaluate(expression, input);
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The value of an expression as a number; 0 when it is none. */
export function numberOf(expression: string | undefined, input: ExpressionInput): number {
  if (expression === undefined) return 0;
  const value = Number(evaluate(expression, input));
  return Number.isFinite(value) ? value : 0;
}

function evaluate(expression: string, input: ExpressionInput): unknown {
  try {
    return compile(expression)({ event: input.event, async: input.async ?? null });
  } catch {
    return undefined; // a missing key or a type that does not fit: the documented meaning is "does not match"
  }
}
