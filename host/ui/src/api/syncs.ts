// Syncs of a connection: how far one is, how the last ones ended, and deletions that are held because a pass is doubted.
import { readEvents } from "./event_stream";
import type { Page } from "./page";
import { answer, get, send } from "./request";
import { revealed } from "../text/visible";

/** An error as the host keeps it, of a run or of a stream. */
export interface RunError {
  code?: string;
  message?: string;
}

export interface StreamRun {
  stream: string;
  state: string;
  pages: number;
  seen: number;
  upserted?: number;
  deleted?: number;
  total: number | null;
  /** Deletions that are held, and why. */
  held?: number;
  doubts?: string[];
  /** Records that could not be read. */
  skipped?: number;
  /** Records that are not mapped on purpose. */
  left_out?: { reason: string; message: string; count: number }[];
  notices?: { code: string; message: string }[];
  error?: RunError | null;
}

export interface Run {
  id: string;
  trigger: string;
  started_at: string;
  ended_at: string | null;
  result: string | null;
  error: RunError | null;
  resumed?: number;
  /** The deferred run that this one goes on with. */
  continues?: string | null;
  streams: StreamRun[];
}

export interface Progress {
  state: "idle" | "waiting" | "running" | "ended";
  streams: StreamRun[];
  message: string | null;
  result: string | null;
}

/** How the syncs of a connection go. */
export interface SyncStanding {
  last_good_at: string | null;
  failed_in_a_row: number;
  failing_since?: string;
  last_error?: string;
}

export interface HeldDeletions {
  stream: string;
  rows: number;
  doubts: { code: string; message: string }[];
  since: string;
  first_missed_at: string | null;
  examples: string[];
}

export const syncsApi = {
  runs: (id: string) => get<Page<Run>>(`/v1/connections/${id}/runs?limit=10`),
  /** Deletes the rows of these streams, however many they are by now. */
  acceptDeletions: (id: string, streams: string[]) =>
    answer<{ data: { stream: string; rows: number }[] }>(send("POST", `/v1/connections/${id}/held-deletions/accept`, { streams })),
  progress: watchProgress,
};

/** Reports how far a sync is until the signal ends it; a broken stream ends it quietly. */
async function watchProgress(id: string, onProgress: (progress: Progress) => void, signal: AbortSignal): Promise<void> {
  try {
    const response = await send("GET", `/v1/connections/${id}/progress`, undefined, signal);
    if (!response.body) return;
    for await (const event of readEvents(response.body)) {
      if (event.name === "progress") onProgress(JSON.parse(event.data, revealed) as Progress);
    }
  } catch {
    // The list of runs still says how it ended.
  }
}
