/** Signs in to a service that wants a token: it is sent once, and not kept here. */
import { useEffect, useRef, useState } from "preact/hooks";
import "../styles/help.css";
import { wordsOf } from "../api";
import { forgetOldToken, signIn } from "../session";
import { renew, takeOffered } from "../state";
import { useTitle } from "../title";

export default function SignIn() {
  useTitle("Sign in");
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = (token: string): void => {
    if (token === "" || isBusy) return;
    setBusy(true);
    signIn(token).then(renew, (refusal: unknown) => {
      setBusy(false);
      setFault(wordsOf(refusal));
      input.current?.select();
    });
  };
  useEffect(() => {
    forgetOldToken();
    send(takeOffered());
  }, []);
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    send(input.current?.value.trim() ?? "");
  };
  return (
    <form class="teach" onSubmit={onSubmit}>
      <h1>Sign in</h1>
      <p>
        This service asks for a token. Whoever runs it makes one with <code>lineside token create NAME</code>, or has
        the one of <code>LINESIDE_TOKEN</code>.
      </p>
      <div class="field">
        <label for="token">Token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autocomplete="current-password"
          required
          aria-describedby="sign-in-fault"
          aria-invalid={fault !== ""}
        />
        <button type="submit" aria-disabled={isBusy}>
          Sign in
        </button>
      </div>
      <p id="sign-in-fault" class="fault" role="alert">
        {fault}
      </p>
      <p class="dim">
        The token is sent to this service alone, once. This browser keeps a cookie in its place for 30 days, which no
        script can read.
      </p>
    </form>
  );
}
