// Signing in with the first-run admin token or an operator's key.
import { useState, type FormEvent } from "react";
import { operatorApi } from "../api/operator";
import { Problem } from "../api/problem";
import { Notice } from "../parts/Notice";

export function Login({ onSignedIn }: { onSignedIn: () => void }) {
  const [token, setToken] = useState("");
  const [wrong, setWrong] = useState<string>();
  const signIn = async (event: FormEvent) => {
    event.preventDefault();
    try {
      await operatorApi.login(token.trim());
      onSignedIn();
    } catch (error) {
      const problem = error instanceof Problem ? error : Problem.unreachable();
      setWrong(problem.status === 0 ? "The host did not answer." : problem.detail || "This token was not accepted.");
    }
  };
  return (
    <main className="login card">
      <h1>Sign in</h1>
      <p className="lead">Use the operator key that the host printed at its first start, or another operator key.</p>
      {wrong && <Notice tone="bad" role="alert" title={wrong} />}
      <form onSubmit={(event) => void signIn(event)}>
        <label htmlFor="token">Token</label>
        <input id="token" type="password" autoComplete="off" required value={token} aria-invalid={wrong !== undefined} onChange={(event) => setToken(event.target.value)} />
        <div className="actions">
          <button type="submit" className="button primary">Sign in</button>
        </div>
      </form>
    </main>
  );
}
