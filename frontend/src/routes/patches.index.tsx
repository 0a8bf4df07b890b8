import { Select, TextInput } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useRef } from "react";
import { useTrouble } from "../api/live";
import { patches } from "../api/patches";
import { Empty, TroublePage, Waiting } from "../components/States";
import { BrokenPatches } from "./-patches/BrokenPatches";
import classes from "./-patches/Patches.module.css";
import { PatchTable } from "./-patches/PatchTable";
import { KIND_FILTERS, PATCHES_DEFAULTS, type PatchesSearch, patchesSearch } from "./-patches/params";
import { useCommands } from "./-shell/commands";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/patches/")({
  validateSearch: patchesSearch,
  search: { middlewares: [stripSearchParams(PATCHES_DEFAULTS)] },
  component: Library,
});

function Library() {
  const { q = "", kind } = Route.useSearch();
  const navigate = Route.useNavigate();
  const found = useQuery({ ...patches(q, kind === "all" ? "" : kind), placeholderData: keepPreviousData });
  const trouble = useTrouble(found.error);
  const narrow = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const box = useRef<HTMLInputElement>(null);
  useUnread(patchesSearch);
  useDocumentTitle("Patches · Microscope");
  useCommands([{ label: "Search the patches", key: "/", act: () => box.current?.focus() }]);
  const change = (part: Partial<PatchesSearch>, how: "push" | "replace" = "push") =>
    navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace", resetScroll: false });
  const { items = [], broken = [] } = found.data ?? {};
  const none = items.length === 0 && q === "" && kind === "all";
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1>Patches</h1>
        <p>Changes of a model that are tried live and never merged into it, each named by the hash of what it does.</p>
      </header>
      {trouble && !found.data && <TroublePage trouble={trouble} retry={() => found.refetch()} />}
      {!trouble && !found.data && <Waiting what="Reading the library…" />}
      {found.data && none && broken.length === 0 && (
        <Empty title="No patch is kept yet">
          <p>
            Open one of the <Link to="/features">features</Link>, choose its tab <b>Steer</b>, and press{" "}
            <b>Create patch</b> once it does what you want.
          </p>
        </Empty>
      )}
      {found.data && !none && (
        <div className={classes.table}>
          <PatchTable rows={items} narrow={narrow} of={`${q} ${kind}`}>
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
      {broken.length > 0 && <BrokenPatches broken={broken} />}
    </div>
  );
}
