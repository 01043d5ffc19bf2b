/** The part of a pino logger that the code uses; fields first, text second. */
export interface Logger {
  debug(fields: object, text?: string): void;
  info(fields: object, text?: string): void;
  warn(fields: object, text?: string): void;
  error(fields: object, text?: string): void;
  child(fields: object): Logger;
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
};

/** What the core counts; the Prometheus registry implements it. Durations are seconds. */
export interface OperationMetrics {
  operation(name: string, outcome: string, seconds: number): void;
  /** Customers whose billing rows differed from what the payment vendor says; worth an alert. */
  billingDrift(customers: number): void;
}
