import { Button, Checkbox, Select, TextInput } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Plus, Search } from "lucide-react";
import { type ReactNode, useRef, useState } from "react";
import { useTrouble } from "../api/live";
import { patches } from "../api/patches";
import { patchesAway, SETS_MAX, SETS_SHOWN, setPage } from "../api/patchLibrary";
import { Empty, TroublePage, Waiting } from "../components/States";
import { BrokenPatches } from "./-patches/BrokenPatches";
import { ImportPatch } from "./-patches/ImportPatch";
import classes from "./-patches/Patches.module.css";
import { PatchTable } from "./-patches/PatchTable";
import { KIND_FILTERS, PATCHES_DEFAULTS, type PatchesSearch, patchesSearch } from "./-patches/params";
import { SetTable } from "./-patches/SetTable";
import { useCommands } from "./-shell/commands";
import { Choice } from "./-view/Controls";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/patches/")({
  validateSearch: patchesSearch,
  search: { middlewares: [stripSearchParams(PATCHES_DEFAULTS)] },
  component: Library,
});

const SHOWN: readonly { value: PatchesSearch["show"]; label: string }[] = [
  { value: "patches", label: "Patches" },
  { value: "sets", label: "Sets" },
  { value: "away", label: "Put away" },
];

type Change = (part: Partial<PatchesSearch>, how?: "push" | "replace") => void;

function Library() {
  const search = Route.useSearch();
  const { q = "", show } = search;
  const navigate = Route.useNavigate();
  const narrow = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const box = useRef<HTMLInputElement>(null);
  useUnread(patchesSearch);
  useDocumentTitle("Patches · Microscope");
  useCommands([{ label: "Search the patches", key: "/", act: () => box.current?.focus() }]);
  const change: Change = (part, how = "push") =>
    navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace", resetScroll: false });
  const shared = {
    search,
    change,
    narrow,
    box: (
      <TextInput
        ref={box}
        aria-label="Search the patches"
        placeholder="Name, what it does, hash"
        leftSection={<Search size={13} aria-hidden />}
        value={q}
        maxLength={200}
        w={narrow ? 170 : 220}
        onChange={(event) => change({ q: event.currentTarget.value || undefined }, "replace")}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
    ),
  };
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <div className={classes.titleRow}>
          <h1>Patches</h1>
          <Choice label="What is listed" value={show} choices={SHOWN} onChange={(next) => change({ show: next })} />
          <div className={classes.makers}>
            <Button component={Link} to="/patches/new" variant="default" leftSection={<Plus size={14} />}>
              New patch
            </Button>
            <ImportPatch />
          </div>
        </div>
        <p>
          Changes of a model that are tried live and never merged into it, each named by the hash of what it does. What
          to patch:{" "}
          <Link to="/experiments/$family/new" params={{ family: "contrast_features" }}>
            contrast two sets of prompts
          </Link>
          .
        </p>
      </header>
      {show === "sets" ? <Sets {...shared} /> : <Patches key={show} {...shared} />}
    </div>
  );
}

interface ListProps {
  search: PatchesSearch;
  change: Change;
  narrow: boolean;
  /** Of the search. */
  box: ReactNode;
}

function Patches({ search: { q = "", kind, show }, change, narrow, box }: ListProps) {
  const away = show === "away";
  const asked = kind === "all" ? "" : kind;
  const found = useQuery({ ...(away ? patchesAway(q, asked) : patches(q, asked)), placeholderData: keepPreviousData });
  const trouble = useTrouble(found.error);
  const { items = [], broken = [] } = found.data ?? {};
  const none = items.length === 0 && q === "" && kind === "all";
  return (
    <>
      {trouble && !found.data && <TroublePage trouble={trouble} retry={() => found.refetch()} />}
      {!trouble && !found.data && <Waiting what="Reading the library…" />}
      {found.data && none && away && <Empty title="No patch was put away">One that was can be restored here.</Empty>}
      {found.data && none && !away && broken.length === 0 && <NoPatches />}
      {found.data && !none && (
        <div className={classes.table}>
          <PatchTable rows={items} away={away} narrow={narrow} of={`${q} ${kind}`}>
            {box}
            <Select
              aria-label="Kind"
              w={100}
              data={KIND_FILTERS.map((one) => ({ value: one, label: one === "all" ? "all kinds" : one }))}
              value={kind}
              allowDeselect={false}
              onChange={(next) => {
                const one = KIND_FILTERS.find((known) => known === next);
                if (one) change({ kind: one });
              }}
            />
          </PatchTable>
        </div>
      )}
      {broken.length > 0 && !away && <BrokenPatches broken={broken} />}
    </>
  );
}

function NoPatches() {
  return (
    <Empty title="No patch is kept yet">
      <p>
        Make one of two sets of prompts, a token, a neuron or a file: <Link to="/patches/new">New patch</Link>.
      </p>
      <p>
        Or open one of the <Link to="/features">features</Link>, choose its tab <b>Steer</b>, and press{" "}
        <b>Create patch</b> once it does what you want.
      </p>
    </Empty>
  );
}

function Sets({ search: { q = "", unnamed }, change, narrow, box }: ListProps) {
  const [limit, setLimit] = useState(SETS_SHOWN);
  const found = useQuery({ ...setPage(q, unnamed, limit), placeholderData: keepPreviousData });
  const trouble = useTrouble(found.error);
  if (trouble && !found.data) return <TroublePage trouble={trouble} retry={() => found.refetch()} />;
  if (!found.data) return <Waiting what="Reading the library…" />;
  const { items, total, unnamed: others, broken } = found.data;
  if (total + others === 0 && q === "")
    return (
      <Empty title="No set is kept yet">
        Patches that are in force together in the <Link to="/chat">chat</Link> or the <Link to="/lens">lens</Link> are a
        set: give it a name on its page.
      </Empty>
    );
  return (
    <>
      <div className={classes.table}>
        <SetTable
          rows={items}
          total={total}
          narrow={narrow}
          of={`${q} ${unnamed}`}
          more={limit < SETS_MAX ? () => setLimit(Math.min(SETS_MAX, 4 * limit)) : undefined}
        >
          {box}
          <Checkbox
            size="xs"
            label={unnamed || others === 0 ? "Unnamed ones too" : `Unnamed ones too (${others})`}
            checked={unnamed}
            onChange={(event) => change({ unnamed: event.currentTarget.checked })}
          />
        </SetTable>
      </div>
      {broken.length > 0 && <BrokenPatches broken={broken} what="set" />}
    </>
  );
}
