import { Button, Textarea } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef } from "react";
import { socket, useConnection } from "../../api/live";
import { formatCount } from "../../lib/format";
import { hasKeyboard, takeKeyboard } from "../-shell/keys";
import { useLetters } from "../-shell/shortcuts";
import classes from "./Chat.module.css";

interface Props {
  /** What the draft belongs to: it survives reloads and comes back when the send fails. */
  draftOf: string;
  /** Text to begin with where there is no draft. */
  initial?: string;
  generating: boolean;
  busy: boolean;
  /** Resolves when the text was taken; the box is emptied then and not before. */
  onSend: (text: string) => Promise<boolean>;
  onStop: () => void;
  placeholder: string;
  /** Takes the keyboard when it comes: the page is there to type, or the reader was typing when it changed. Defaults to false. */
  typing?: boolean;
  children?: ReactNode;
}

/** The text box: Enter sends, Shift Enter begins a line, Escape stops. */
export function Composer(props: Props) {
  const { draftOf, initial = "", generating, busy, onSend, onStop, placeholder, typing = false, children } = props;
  const [draft, setDraft] = useSessionStorage({
    key: `draft-${draftOf}`,
    defaultValue: initial,
    getInitialValueInEffect: false,
  });
  const box = useRef<HTMLTextAreaElement>(null);
  const connection = useConnection();
  const limit = socket.welcome?.max_prompt_chars;
  const over = limit !== undefined && draft.length > limit;
  const can = draft.trim() !== "" && !over && !generating && !busy && connection.state === "open";
  useLetters([["/", () => box.current?.focus()]]);

  // The buttons go when they are pressed; the box stays.
  const toBox = () => {
    if (hasKeyboard()) box.current?.focus();
  };
  useEffect(() => {
    if (typing) takeKeyboard(box.current);
  }, [typing]);

  const submit = async () => {
    if (!can) return;
    toBox();
    if (await onSend(draft)) setDraft("");
  };
  const halt = () => {
    toBox();
    onStop();
  };
  const pressed = (event: KeyboardEvent) => {
    // While an input method composes a character, Enter chooses it.
    if (event.nativeEvent.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      submit();
    } else if (event.key === "Escape" && generating) onStop();
  };
  return (
    <div className={classes.composer}>
      <Textarea
        ref={box}
        aria-label="Message"
        placeholder={placeholder}
        autosize
        minRows={1}
        maxRows={10}
        value={draft}
        onChange={(event) => setDraft(event.currentTarget.value)}
        onKeyDown={pressed}
        error={over && `${formatCount(draft.length)} characters; this server takes ${formatCount(limit)}.`}
        classNames={{ input: classes.box }}
        spellCheck={false}
      />
      <div className={classes.composerBar}>
        {children}
        <span className={classes.grow} />
        <span className={classes.hint}>
          {generating ? (
            <>
              <kbd>Esc</kbd> stop
            </>
          ) : (
            <>
              <kbd>⏎</kbd> send
            </>
          )}
        </span>
        {generating ? (
          <Button leftSection={<Square size={11} fill="currentColor" />} onClick={halt} color="gray" variant="filled">
            Stop
          </Button>
        ) : (
          <Button leftSection={<ArrowUp size={14} />} disabled={!can} loading={busy} onClick={submit}>
            Send
          </Button>
        )}
      </div>
    </div>
  );
}
