/** Who this browser is to the service, what it may do there, and the way out. */
import { useEffect, useState } from "preact/hooks";
import { wordsOf } from "../api";
import { forgetOldToken, mayOf, readSession, signOut, type Session } from "../session";
import { wantsToken } from "../socket";
import { renew } from "../state";

export function SessionCard() {
  const [session, setSession] = useState<Session | null>(null);
  const [fault, setFault] = useState("");
  const tell = (refusal: unknown): void => {
    if (!wantsToken(refusal)) setFault(wordsOf(refusal));
  };
  useEffect(() => {
    forgetOldToken();
    readSession().then(setSession, tell);
  }, []);
  const leave = (): void => {
    signOut().then(renew, tell);
  };
  return (
    <section class="card" aria-labelledby="session-title">
      <h2 id="session-title">Access</h2>
      {session === null && fault === "" && <p class="dim">Asking the service…</p>}
      {session?.signed_in === false && <p>This service asks for no token here: who reaches it may {mayOf(session)}.</p>}
      {session?.signed_in && (
        <div class="field">
          <p>
            Signed in by the token “{session.name}”, scope {session.scope}: you may {mayOf(session)}.
          </p>
          <button type="button" onClick={leave}>
            Sign out
          </button>
        </div>
      )}
      <p class="fault" role="alert">
        {fault}
      </p>
    </section>
  );
}
