import type { LogLevel } from '../../entities/operations/LogEntry.ts';
import { clipped } from '../clip.ts';
import { newId } from '../ids.ts';
import { withoutSecrets } from '../redact.ts';
import type { EventDraft } from './event.ts';

/** What a line is about. */
export interface LogSubject {
  readonly botId?: string | null;
  readonly backtestId?: string | null;
  readonly candleFetchId?: string | null;
  readonly optimizationId?: string | null;
}

/** A line of a person's log as everybody outside sees it; the payload of a LOG_APPENDED event. */
export interface LogEntryView extends Required<LogSubject> {
  readonly id: string;
  readonly level: LogLevel;
  readonly message: string;
  /** RFC 3339 text in an event's payload, a date in a row that was just read. */
  readonly timestamp: Date | string;
}

const longest = 8000;

/** A line for a person's log, to be appended like any event: its row is written with it. */
export function logLine(userId: string, level: LogLevel, message: string, subject: LogSubject, at: Date): EventDraft {
  const { botId = null, backtestId = null, candleFetchId = null, optimizationId = null } = subject;
  const jobId = backtestId ?? candleFetchId ?? optimizationId;
  const text = clipped(withoutSecrets(message), longest);
  const about = { botId, backtestId, candleFetchId, optimizationId };
  const payload: LogEntryView = { id: newId(), level, message: text, timestamp: at.toISOString(), ...about };
  return { userId, type: 'LOG_APPENDED', subjects: { botId, jobId }, payload, at };
}
