// Permissions the connector asks for against those seen in use, so that a merchant can trim the token.
import type { Manifest } from "../api/operator";
import { Icon } from "../parts/Icon";

export function Permissions({ manifest, used, missing }: { manifest?: Manifest; used: string[]; missing: string[] }) {
  const asked = manifest?.permissions ?? [];
  const extra = used.filter((name) => !asked.some((one) => one.name === name));
  const names = [...asked.map(({ name }) => name), ...extra];
  if (names.length === 0) return null;
  const stateOf = (name: string) => (missing.includes(name) ? "missing" : used.includes(name) ? "used" : "not used so far");
  return (
    <section className="panel" aria-labelledby="permissions">
      <h2 id="permissions">Permissions <span className="optional">{used.length} used, {missing.length} missing</span></h2>
      <ul className="codes">
        {names.map((name) => {
          const state = stateOf(name);
          return (
            <li key={name} className="permission-line">
              <Icon name={state === "used" ? "check" : state === "missing" ? "warn" : "skip"} />
              <code>{name}</code>
              <span className="small-text">{state}</span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
