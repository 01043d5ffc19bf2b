// Generated from the running router by `npm run sdk:generate`. Do not edit.
import type { ConversationId } from './shared.ts';

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
    runId: RunId;
  }
  | {
    /** Also cancels a start that has not arrived yet. From 1 to 200 characters. */
    clientKey: string;
  };

export interface FollowRunInput {
  runId: RunId;
  /** The id of the last event you have; the stream goes on after it. At most 64 characters. */
  lastEventId?: string | null;
}

export type FollowedEvent = RunEvent | LogReset;

export interface LogReset {
  type: 'log.reset';
  seq: number;
  text: string;
}

export interface Run {
  runId: string;
  conversationId: string;
  agentId: string;
  status: 'queued' | 'running' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
  /** The answer so far; of an ended run, exactly the stored message. */
  text: string;
  /** The last event in `text`: follow on after it. Null before the first. */
  lastEventId: string | null;
  messageId: string | null;
  /** Who answered: openai, anthropic or offline. */
  provider: string | null;
  model: string | null;
  failure:
    | {
      code: string;
      message: string;
      retryable: boolean;
    }
    | null;
  /** Why an incomplete or cancelled run ended. */
  reason: string | null;
  /** The plan that would have allowed more, when a limit of the plan ended the run. */
  requiredTier: string | null;
  usage: AttemptUsage | null;
  createdAt: string;
  endedAt: string | null;
}

export interface RunAccepted {
  runId: string;
  conversationId: string;
  userMessageId: string;
  status: 'queued' | 'running' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
  type: 'run.accepted';
  seq: 0;
}

export interface RunCancelled {
  /** Null when the key belongs to a start that has not arrived yet. */
  runId: string | null;
  status: 'queued' | 'running' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
  text: string;
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

export type RunId = string;

export interface RunRef {
  runId: RunId;
}

export interface RunStarted {
  runId: string;
  conversationId: string;
  userMessageId: string;
  status: 'queued' | 'running' | 'completed' | 'incomplete' | 'failed' | 'cancelled';
}

export interface StartAndFollowInput {
  /** Your key for this act: within 24 h the same key is the same run. From 1 to 200 characters. */
  clientKey: string;
  /** Id or slug of the agent. From 1 to 80 characters. */
  agentId: string;
  /** Goes on with this conversation; without it a new one begins. */
  conversationId?: ConversationId;
  /** From 1 to 8000 characters. */
  message: string;
  /** Stored with your message, as it is. */
  metadata?: Record<string, unknown>;
  /** The id of the last event you have; the stream goes on after it. At most 64 characters. */
  lastEventId?: string | null;
}

export interface StartRunInput {
  /** Your key for this act: within 24 h the same key is the same run. From 1 to 200 characters. */
  clientKey: string;
  /** Id or slug of the agent. From 1 to 80 characters. */
  agentId: string;
  /** Goes on with this conversation; without it a new one begins. */
  conversationId?: ConversationId;
  /** From 1 to 8000 characters. */
  message: string;
  /** Stored with your message, as it is. */
  metadata?: Record<string, unknown>;
}

export type StartedEvent = RunAccepted | FollowedEvent;
