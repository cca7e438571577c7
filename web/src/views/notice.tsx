/** The line at the foot of the page: what was done, and Undo. */
import { dismiss, hold, notice, resume } from "../notice";

export function NoticeLine() {
  const said = notice.value;
  const undo = said?.undo;
  return (
    <div class="notice" onPointerEnter={hold} onPointerLeave={resume} onFocusIn={hold} onFocusOut={resume}>
      <span role="status">{said && !said.isFault ? said.words : ""}</span>
      <span role="alert">{said?.isFault ? said.words : ""}</span>
      {undo && (
        <button
          type="button"
          onClick={() => {
            dismiss();
            undo();
          }}
        >
          Undo
        </button>
      )}
      {said && (
        <button type="button" class="quiet" aria-label="Close this message" onClick={dismiss}>
          ✕
        </button>
      )}
    </div>
  );
}
