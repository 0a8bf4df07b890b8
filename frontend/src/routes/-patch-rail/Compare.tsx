/** What the rail's set is put beside: the model as it is, or another set; and the two changed about. */
import { Button, Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, Columns2, X } from "lucide-react";
import { useState } from "react";
import { setPage } from "../../api/patchLibrary";
import type { PatchSetRow } from "../../api/types";
import { ToolButton } from "../../components/ToolButton";
import { memberWords } from "../../lib/patchRail";
import { BASE, vsOfSet } from "../-view/sides";
import { useSetWords } from "./names";
import css from "./PatchRail.module.css";

interface Props {
  /** Hash of the set in force: A. */
  patches: string | undefined;
  /** Hash of the other one, B; null is the model as it is, undefined where nothing is compared. */
  against: string | null | undefined;
  /** Both are read once a token is selected. Defaults to false. */
  waits?: boolean;
  setVs: (vs: string | undefined) => void;
  /** Puts another set in force, with another comparison. */
  go: (wish: (now: string | undefined) => [patches: string | undefined, vs: string]) => void;
}

/** Sets with a name that are offered. */
const OFFERED = 12;
/** Of those without one: what was tried last. */
const LATEST = 5;

const wordsOf = ({ name, members }: PatchSetRow): string =>
  name || members.map((member) => memberWords(member.name, member)).join(" + ");

/** What A and B are. */
export function SidesSaid({ patches, against, waits }: Pick<Props, "patches" | "waits"> & { against: string | null }) {
  const words = useSetWords([patches, against].filter((hash) => typeof hash === "string"));
  return (
    <div>
      <dl className={css.sides}>
        <dt data-of="a">A</dt>
        <dd>
          <bdi>{words(patches ?? null)}</bdi>
        </dd>
        <dt data-of="b">B</dt>
        <dd>
          <bdi>{words(against)}</bdi>
        </dd>
      </dl>
      {waits && <p className={css.none}>Select a token of the text: it is read under both.</p>}
    </div>
  );
}

export function Compare({ patches, against, waits, setVs, go }: Props) {
  return (
    <section aria-label="Comparison" className={css.compare}>
      {against === undefined ? (
        <CompareMenu {...{ patches, setVs }} label="Compare with a set…" />
      ) : (
        <>
          <SidesSaid {...{ patches, against, waits }} />
          <span className={css.tools}>
            <ToolButton
              label="Swap A and B"
              disabled={against === (patches ?? null)}
              onClick={() => go((now) => [against ?? undefined, vsOfSet(now ?? null)])}
            >
              <ArrowLeftRight size={12} />
            </ToolButton>
            <CompareMenu {...{ patches, setVs }} label="Another B…" />
            <ToolButton label="Stop comparing" onClick={() => setVs(undefined)}>
              <X size={12} />
            </ToolButton>
          </span>
        </>
      )}
    </section>
  );
}

function CompareMenu({ patches, setVs, label }: Pick<Props, "patches" | "setVs"> & { label: string }) {
  const [open, setOpen] = useState(false);
  const { data: named } = useQuery({ ...setPage("", false, OFFERED), enabled: open });
  const { data: all } = useQuery({ ...setPage("", true, OFFERED), enabled: open });
  const offered = (rows: readonly PatchSetRow[] | undefined) => (rows ?? []).filter(({ hash }) => hash !== patches);
  const latest = offered(all?.items)
    .filter(({ name }) => !name)
    .slice(0, LATEST);
  const item = (row: PatchSetRow) => (
    <Menu.Item key={row.hash} className={css.offered} onClick={() => setVs(vsOfSet(row.hash))}>
      <bdi>{wordsOf(row)}</bdi>
    </Menu.Item>
  );
  const called = offered(named?.items);
  return (
    <Menu
      opened={open}
      onChange={setOpen}
      position="bottom-start"
      width={300}
      styles={{ itemLabel: { whiteSpace: "normal", overflowWrap: "anywhere" } }}
      middlewares={{ flip: true, shift: true, size: true }}
    >
      <Menu.Target>
        <Button variant="default" size="compact-xs" leftSection={<Columns2 size={12} />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown className={css.menu}>
        <Menu.Item onClick={() => setVs(BASE)}>The model as it is</Menu.Item>
        {patches !== undefined && (
          <Menu.Item onClick={() => setVs(vsOfSet(patches))}>
            These patches as they are now, to go on from them
          </Menu.Item>
        )}
        {called.length > 0 && <Menu.Label>Sets with a name</Menu.Label>}
        {called.map(item)}
        {latest.length > 0 && <Menu.Label>Tried last</Menu.Label>}
        {latest.map(item)}
      </Menu.Dropdown>
    </Menu>
  );
}
