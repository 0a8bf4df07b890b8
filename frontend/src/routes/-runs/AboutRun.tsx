/** What a run, or each run of a sweep, is besides its spec, and the button that starts it. */
import { NumberInput, Switch, TagsInput, TextInput } from "@mantine/core";
import type { ReactNode } from "react";
import css from "./Runs.module.css";
import { TAG_MAX } from "./tags";

const NAME_MAX = 200;
const PRIORITY = 100;

export interface About {
  /** Of a sweep the tag of all its runs: these are named by their content. */
  name: string;
  tags: readonly string[];
  priority: number;
  hold: boolean;
}

interface AboutRunProps {
  about: About;
  change: (about: About) => void;
  sweeps: boolean;
  /** Fields that are not right yet, once that is to be said. */
  wrong: readonly string[];
  submit: ReactNode;
}

export function AboutRun({ about, change, sweeps, wrong, submit }: AboutRunProps) {
  const put = (part: Partial<About>) => change({ ...about, ...part });
  return (
    <section className={css.card}>
      <h2>{sweeps ? "These runs" : "This run"}</h2>
      <TextInput
        label={sweeps ? "Tag of all runs" : "Name"}
        placeholder={sweeps ? "One is drawn where it is empty" : "May be empty"}
        value={about.name}
        maxLength={sweeps ? TAG_MAX : NAME_MAX}
        onChange={(event) => put({ name: event.currentTarget.value })}
      />
      <TagsInput
        label="Tags"
        size="xs"
        value={[...about.tags]}
        onChange={(tags) => put({ tags })}
        maxLength={TAG_MAX}
        acceptValueOnBlur
      />
      <NumberInput
        label="Priority"
        description="Higher runs first"
        min={-PRIORITY}
        max={PRIORITY}
        allowDecimal={false}
        value={about.priority}
        onChange={(next) => put({ priority: typeof next === "number" ? next : 0 })}
      />
      <Switch
        label="Hold it: paused until somebody resumes it"
        checked={about.hold}
        onChange={(event) => put({ hold: event.currentTarget.checked })}
      />
      {wrong.length > 0 && (
        <p role="alert">
          {wrong.length === 1 ? "One field is" : `${wrong.length} fields are`} not right yet: {wrong.join(", ")}.
        </p>
      )}
      <div className={css.head}>
        {submit}
        <span className="mute">
          <kbd>Ctrl ⏎</kbd>
        </span>
      </div>
    </section>
  );
}
