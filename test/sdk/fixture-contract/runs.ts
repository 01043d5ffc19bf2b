// Generated from the running router by `npm run sdk:generate`. Do not edit.

export interface AttemptUsage {
  /** Uncached input tokens. */
  inputTokens: number;
  cacheReadTokens: number;
  cacheWriteTokens: number;
  /** Visible output tokens. */
  outputTokens: number;
  reasoningTokens: number;
  source: 'reported' | 'estimated';
}

export type CancelRunInput =
  | {
    runId: string;
  }
  | {
    clientKey: string;
  };

export interface FollowRunInput {
  runId: string;
  /** At most 64 characters. */
  lastEventId?: string | null;
}

export type FollowedEvent = RunEvent | LogReset;

export interface LogReset {
  type: 'log.reset';
  seq: number;
  text: string;
}

export interface RunAccepted {
  runId: string;
  conversationId: string;
  userMessageId: string;
  status: string;
  type: 'run.accepted';
  seq: 0;
}

export type RunEvent =
  | {
    seq: number;
    type: 'run.queued';
    position: number;
    etaMs: number | null;
  }
  | {
    seq: number;
    type: 'run.started';
    agentId: string;
    remainingSeconds: number | null;
  }
  | {
    seq: number;
    type: 'attempt.started';
    attempt: number;
    provider: string;
    model: string;
    reason: 'first' | 'retry' | 'fallback' | 'continued';
  }
  | {
    seq: number;
    type: 'block.started';
    block: number;
    kind: 'text' | 'reasoning' | 'tool' | 'audio' | 'citation';
  }
  | {
    seq: number;
    type: 'text.delta';
    fromSeq?: number;
    block: number;
    text: string;
  }
  | {
    seq: number;
    type: 'tool.call';
    callId: string;
    name: string;
    arguments: string;
  }
  | {
    seq: number;
    type: 'tool.result';
    callId: string;
    ok: boolean;
    summary: string;
  }
  | {
    seq: number;
    type: 'block.ended';
    block: number;
  }
  | {
    seq: number;
    type: 'attempt.ended';
    attempt: number;
    outcome: 'completed' | 'incomplete' | 'failed' | 'cancelled';
    code?: string;
    usage: AttemptUsage;
  }
  | {
    seq: number;
    type: 'attempt.superseded';
    attempt: number;
    keepBlocks: number;
    keepChars: number;
  }
  | {
    seq: number;
    type: 'notice';
    kind: 'slow_provider' | 'switched' | 'limit_near' | 'redacted';
    message: string;
  }
  | {
    seq: number;
    type: 'run.completed';
    messageId: string;
    text: string;
    usage: AttemptUsage;
  }
  | {
    seq: number;
    type: 'run.incomplete';
    reason: 'time_limit' | 'max_output' | 'content_filter' | 'interrupted';
    messageId: string | null;
    text: string;
    limitSeconds?: number | null;
    requiredTier?: string;
  }
  | {
    seq: number;
    type: 'run.failed';
    code: string;
    message: string;
    retryable: boolean;
    messageId: string | null;
    text: string;
  }
  | {
    seq: number;
    type: 'run.cancelled';
    by: string;
    reason: string;
    messageId: string | null;
    text: string;
  };

export interface RunStarted {
  runId: string;
  conversationId: string;
  userMessageId: string;
  status: string;
}

export interface RunsCancelOutput {
  runId: string;
}

export interface StartAndFollowInput {
  /** From 1 to 200 characters. */
  clientKey: string;
  agentId: string;
  /** At least 1 characters. */
  message: string;
  /** At most 64 characters. */
  lastEventId?: string | null;
}

export interface StartRunInput {
  /** From 1 to 200 characters. */
  clientKey: string;
  agentId: string;
  /** At least 1 characters. */
  message: string;
}

export type StartedEvent = RunAccepted | FollowedEvent;
