/** The token that this browser holds: that there is one, never which, and a way to forget it. */
import { useState } from "preact/hooks";
import { currentToken, setToken } from "../api";
import { say } from "../notice";

export function TokenKept() {
  const [token, keep] = useState(currentToken);
  const put = (next: string | null): void => {
    setToken(next);
    keep(next);
  };
  const forget = (): void => {
    put(null);
    say("The token was forgotten.", () => {
      put(token);
    });
  };
  return (
    <section class="card" aria-labelledby="token-title">
      <h2 id="token-title">Token</h2>
      {token === null ? (
        <p>This browser holds no token. It asks for one when the service wants it.</p>
      ) : (
        <div class="field">
          <p>This browser holds a token and sends it to this service alone.</p>
          <button type="button" onClick={forget}>
            Forget the token
          </button>
        </div>
      )}
    </section>
  );
}
