/** What is done to a channel seldom, and asked about first: a new secret, and taking it away. */
import { useState } from "preact/hooks";
import { changeChannel, channelWords, deleteChannel } from "../api-channels";
import { made } from "../channels/made";
import { channelsHref } from "../channels/place";
import type { Channel } from "../channels/wire";
import { say } from "../notice";
import { visit } from "../state";
import { Modal } from "./runs-ask";

interface Question {
  title: string;
  words: string;
  label: string;
  act: () => Promise<void>;
}

const rotating = ({ id, name }: Channel): Question => ({
  title: `A new secret for ${name}?`,
  words: "It is shown once. The secret of now signs too until the next one is made, so the receiver can change over.",
  label: "Make a new secret",
  act: async () => {
    const { secret } = await changeChannel(id, { rotate_secret: true });
    if (secret !== null) made.value = { id, secret };
  },
});

const deleting = ({ id, name }: Channel): Question => ({
  title: `Delete ${name}?`,
  words: "Its messages go with it, also those that wait. Its address and secret cannot be brought back.",
  label: "Delete the channel",
  act: async () => {
    await deleteChannel(id);
    visit(channelsHref());
    say(`${name} is deleted.`);
  },
});

export function More({ channel }: { channel: Channel }) {
  const [question, setQuestion] = useState<Question | null>(null);
  return (
    <>
      {channel.kind === "standard" && (
        <button
          type="button"
          onClick={() => {
            setQuestion(rotating(channel));
          }}
        >
          New secret…
        </button>
      )}
      <button
        type="button"
        class="danger"
        onClick={() => {
          setQuestion(deleting(channel));
        }}
      >
        Delete…
      </button>
      {question && (
        <Ask
          question={question}
          close={() => {
            setQuestion(null);
          }}
        />
      )}
    </>
  );
}

function Ask({ question, close }: { question: Question; close: () => void }) {
  const [fault, setFault] = useState("");
  const act = (): void => {
    question.act().then(close, (error: unknown) => {
      setFault(channelWords(error));
    });
  };
  return (
    <Modal title={question.title} onClose={close}>
      <p>{question.words}</p>
      {fault !== "" && (
        <p class="fault" role="alert">
          {fault}
        </p>
      )}
      <div class="actions">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button type="button" class="danger" onClick={act}>
          {question.label}
        </button>
      </div>
    </Modal>
  );
}
