/** Asks for the token of a server that wants one; it stays in this browser. */
import { useRef } from "preact/hooks";
import "../styles/help.css";
import { currentToken, setToken } from "../api";
import { renew } from "../state";
import { useTitle } from "../title";

export default function TokenForm() {
  useTitle("Token");
  const input = useRef<HTMLInputElement>(null);
  const wasRefused = currentToken() !== null;
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    const token = input.current?.value.trim() ?? "";
    if (token === "") return;
    setToken(token);
    renew();
  };
  return (
    <form class="teach" onSubmit={onSubmit}>
      <h1>This server wants a token</h1>
      <p>
        {wasRefused
          ? "The token that this browser holds was refused. Give another."
          : "Whoever started the server has it, as LINESIDE_TOKEN."}
      </p>
      <div class="field">
        <label for="token">Token</label>
        <input id="token" ref={input} type="password" autocomplete="current-password" required />
        <button type="submit">Open</button>
      </div>
      <p class="dim">It is kept in this browser alone, and sent to this server alone.</p>
    </form>
  );
}
