/** One patch on the rail: whether it acts, how much, where, and its place in the order. */
import { NativeSelect, Switch } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { ArrowDown, ArrowUp, X } from "lucide-react";
import { type KeyboardEvent, useLayoutEffect, useRef, useState } from "react";
import type { PatchInfo, PatchScope } from "../../api/types";
import { useHandFocusOn } from "../../components/handFocusOn";
import { NumberBox } from "../../components/NumberBox";
import { ToolButton } from "../../components/ToolButton";
import { scopeWords } from "../../lib/patches";
import type { Edit, RailMember } from "../../lib/patchRail";
import { Strength } from "../-patches/Strength";
import css from "./PatchRail.module.css";
import { type Near, WhereFires } from "./WhereFires";

interface Props {
  member: RailMember;
  /** Undefined until the library has told. */
  info: PatchInfo | undefined;
  name: string;
  /** What it does as it stands in the set in force; undefined where it is not in it. */
  says: string | undefined;
  /** Another one is alone. */
  silent: boolean;
  /** It is alone: the others are silent. */
  solo: boolean;
  /** Its place, and how many there are. */
  place: number;
  of: number;
  /** It was made for other weights than those of the text: what of. */
  otherModel: string | undefined;
  /** The feature that it is made of, else one that another patch is; undefined where none is. */
  near: Near | undefined;
  /** First and last token that a span begins with. */
  span: readonly [first: number, last: number];
  edit: (edit: Edit) => void;
  release: () => void;
}

const SCOPES: readonly { value: PatchScope["type"]; label: string }[] = [
  { value: "all", label: "at every token" },
  { value: "prompt", label: "on the prompt" },
  { value: "generated", label: "on what is generated" },
  { value: "span", label: "on tokens…" },
  { value: "feature", label: "where a feature fires…" },
];

export function Member(props: Props) {
  const { member, info, name, says, silent, solo, place, of, otherModel, edit, release } = props;
  const { key, hash, strength, on } = member;
  const row = useRef<HTMLLIElement>(null);
  useHandFocusOn(row);
  // What is moved in the page loses the keyboard: it is given back, at an end of the list to the way back.
  const held = useRef<Element>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the place is what was moved to.
  useLayoutEffect(() => {
    const { current } = held;
    held.current = null;
    const to = current?.matches(":disabled") ? row.current?.querySelector("[data-moves]:not(:disabled)") : current;
    if (to instanceof HTMLElement) to.focus();
  }, [place]);
  const move = (by: -1 | 1) => {
    held.current = document.activeElement;
    edit({ type: "move", key, by });
  };
  const acts = !silent && (on || solo) && strength !== 0;
  const pressed = (event: KeyboardEvent) => {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    move(event.key === "ArrowUp" ? -1 : 1);
  };
  return (
    <li ref={row} className={css.member} data-acts={acts || undefined} onKeyDown={pressed}>
      <div className={css.memberHead}>
        <Switch size="xs" aria-label={`${name} in force`} checked={on} onChange={() => edit({ type: "toggle", key })} />
        <Link to="/patches/$hash" params={{ hash }} search={{ strength }} className={css.name} title={name}>
          <bdi>{name}</bdi>
        </Link>
        <span className={css.tools}>
          <ToolButton label={`${name} alone`} pressed={solo} onClick={() => edit({ type: "solo", key })}>
            S
          </ToolButton>
          <ToolButton
            label={`Move ${name} up`}
            hotkey="Alt ↑"
            data-moves
            disabled={place === 0}
            onClick={() => move(-1)}
          >
            <ArrowUp size={12} />
          </ToolButton>
          <ToolButton
            label={`Move ${name} down`}
            hotkey="Alt ↓"
            data-moves
            disabled={place === of - 1}
            onClick={() => move(1)}
          >
            <ArrowDown size={12} />
          </ToolButton>
          <ToolButton label={`Take ${name} off the rail`} onClick={() => edit({ type: "remove", key })}>
            <X size={12} />
          </ToolButton>
        </span>
      </div>
      <p className={css.says}>
        {otherModel !== undefined && <b className={css.other}>Made for {otherModel}. </b>}
        {strength === 0
          ? "Strength 0 changes nothing."
          : silent
            ? "Silent while another one is alone."
            : !acts
              ? "Switched off."
              : (says ?? " ")}
      </p>
      <Strength
        small
        kind={info?.patch.kind ?? "steer"}
        name={`Strength of ${name}`}
        value={strength}
        onChange={(next) => edit({ type: "strength", key, strength: next })}
        onEnd={release}
      />
      <Scope {...{ member, name, edit }} span={props.span} near={props.near} />
    </li>
  );
}

function Scope({ member, name, near, span, edit }: Pick<Props, "member" | "name" | "near" | "span" | "edit">) {
  const { key, scope } = member;
  const [asks, setAsks] = useState(false);
  const put = (next: PatchScope) => {
    setAsks(false);
    edit({ type: "scope", key, scope: next });
  };
  const choose = (type: PatchScope["type"]) => {
    if (type === "feature") setAsks(true);
    else put(type === "span" ? { type, start: span[0], end: span[1] + 1 } : { type });
  };
  const fires = scope.type === "feature";
  return (
    <div className={css.scope}>
      <NativeSelect
        size="xs"
        aria-label={`Where ${name} acts`}
        value={fires ? "fires" : scope.type}
        data={[
          ...SCOPES.map(({ value, label }) => ({ value, label })),
          ...(fires ? [{ value: "fires", label: scopeWords(scope, [], []) }] : []),
        ]}
        onChange={(event) => {
          const chosen = SCOPES.find(({ value }) => value === event.currentTarget.value);
          if (chosen) choose(chosen.value);
        }}
      />
      {asks && <WhereFires {...{ name, near }} use={put} close={() => setAsks(false)} />}
      {!asks && scope.type === "span" && (
        <>
          <NumberBox
            name={`First token at which ${name} acts`}
            w={62}
            min={0}
            whole
            value={scope.start}
            onChange={(first) => put({ ...scope, start: first, end: Math.max(scope.end, first + 1) })}
          />
          <span className="mute">to</span>
          <NumberBox
            name={`Last token at which ${name} acts`}
            w={62}
            min={0}
            whole
            value={scope.end - 1}
            onChange={(last) => put({ ...scope, start: Math.min(scope.start, last), end: last + 1 })}
          />
        </>
      )}
    </div>
  );
}
