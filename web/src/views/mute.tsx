/** Mutes a rule for the project of a run by one click, or ends that. */
import { useEffect } from "preact/hooks";
import { mute, mutedWords, muteOf, mutes, unmute, wantMutes } from "../mutes";
import { now } from "../state";

interface MuteProps {
  rule: string;
  project: string | null | undefined;
}

export function MuteButton({ rule, project }: MuteProps) {
  useEffect(wantMutes, []);
  if (!project) return null;
  const known = muteOf(mutes.value, rule, project, now.value);
  const words = known ? "End the mute" : `Mute for project ${project}`;
  return (
    <>
      {known && <span class="muted">{mutedWords(known, now.value)}</span>}
      <button
        type="button"
        class="quiet"
        aria-label={`${words}: ${rule}`}
        onClick={() => {
          if (known) unmute([known]);
          else mute([{ rule, project }]);
        }}
      >
        {words}
      </button>
    </>
  );
}
