// What a plugin did that it must not do, and whether it is called.
import type { Plugins } from "../api/operator";
import { CopyButton } from "../parts/CopyButton";
import { Icon } from "../parts/Icon";
import { Notice } from "../parts/Notice";
import { ago, counted } from "./ago";
import { timeText } from "./Status";
import { sentence, words } from "./words";

type Plugin = Plugins["data"][number];

const KINDS: Record<string, string> = {
  panic: "Panicked in a call",
  panic_in_cleanup: "Panicked while cleaning up",
  late: "Missed a deadline",
  stuck: "Call could not be stopped",
  broken_answer: "Broke the contract",
  refused_page: "Page of records refused",
};

export function PluginState({ plugin }: { plugin: Plugin }) {
  const total = (plugin.faults ?? []).reduce((sum, { count }) => sum + count, 0);
  if (plugin.held !== undefined) return <span className="state bad"><Icon name="cross" />Held back</span>;
  if (plugin.quarantined) return <span className="state bad"><Icon name="cross" />In quarantine</span>;
  if (total > 0 || plugin.stuck_calls > 0) return <span className="state warn"><Icon name="warn" />{counted(total || plugin.stuck_calls, "fault")}</span>;
  return <span className="state good"><Icon name="check" />No faults</span>;
}

export function Faults({ plugin }: { plugin: Plugin }) {
  const { faults = [], held, quarantined, stuck_calls: stuck, last_fault: last } = plugin;
  const release = `connector-host plugin release ${plugin.id}`;
  return (
    <>
      {held !== undefined ? (
        <Notice tone="bad" title="Held back until it is released">
          <p>{sentence(held)} It is not called, and its connections do not work.</p>
          <p>Replace the file, or release it on the host:</p>
          <p className="command"><code>{release}</code> <CopyButton value={release} what="the command" /></p>
        </Notice>
      ) : (
        quarantined && (
          <Notice tone="bad" title="Not called at the moment">
            <p>{stuck > 1 ? "Its calls cannot be stopped. It is called again after the host restarts." : "It failed too often in a short time. It is called again automatically after a pause."}</p>
          </Notice>
        )
      )}
      {stuck > 0 && <p>{counted(stuck, "call")} of it cannot be stopped at the moment: each holds a thread of the host.</p>}
      {faults.length === 0 && last && held === undefined && <p>Last fault: {last}</p>}
      {faults.length > 0 && (
        <ul className="runs" aria-label={`Faults of ${plugin.name}`}>
          {faults.map(({ kind, count, last_message, last_at }) => (
            <li key={kind}>
              <p className="stream-head"><span>{KINDS[kind] ?? words(kind)}</span><span className="small-text">{counted(count, "time")}</span></p>
              {last_message && <p>{last_message}</p>}
              <p className="small-text">Last {timeText(last_at)} ({ago(last_at)})</p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
