export interface EmulatorOptions {
  /** 0 (default) takes a free port. */
  readonly port?: number;
  readonly seed?: string;
  /** The day the emulator lives in; decides which models are retired. */
  readonly now?: () => Date;
}
