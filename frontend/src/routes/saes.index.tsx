import { TextInput } from "@mantine/core";
import { useDocumentTitle, useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, stripSearchParams } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useRef } from "react";
import { useTrouble } from "../api/live";
import { saes as saesQuery } from "../api/saes";
import { Empty, TroublePage, Waiting } from "../components/States";
import { Broken } from "./-saes/Broken";
import { Compare, Missing } from "./-saes/Compare";
import { ImportBox } from "./-saes/ImportBox";
import { SAES_DEFAULTS, type SaesSearch, saesSearch } from "./-saes/params";
import classes from "./-saes/Saes.module.css";
import { SaeTable } from "./-saes/SaeTable";
import { useCommands } from "./-shell/commands";
import { useUnread } from "./-view/useUnread";

export const Route = createFileRoute("/saes/")({
  validateSearch: saesSearch,
  search: { middlewares: [stripSearchParams(SAES_DEFAULTS)] },
  component: Library,
});

function Library() {
  const search = Route.useSearch();
  const navigate = Route.useNavigate();
  const found = useQuery(saesQuery);
  const trouble = useTrouble(found.error);
  const narrow = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const box = useRef<HTMLInputElement>(null);
  useUnread(saesSearch);
  useDocumentTitle("SAE library · Microscope");
  useCommands([{ label: "Search the SAEs", key: "/", act: () => box.current?.focus() }]);
  // Its rows say where the table stands: the router would put it back to where it was before the key or the click.
  const change = (part: Partial<SaesSearch>, how: "push" | "replace" = "push") =>
    navigate({ search: (now) => ({ ...now, ...part }), replace: how === "replace", resetScroll: false });
  const items = found.data?.items ?? [];
  const broken = found.data?.broken ?? [];
  const pick = (slug: string | undefined) => items.find((sae) => sae.slug === slug);
  const [a, b] = [pick(search.a), pick(search.b)];
  const missing = [!a && search.a, !b && search.b].filter((slug) => typeof slug === "string");
  const stop = () => change({ a: undefined, b: undefined });
  return (
    <div className={classes.page}>
      <header className={classes.head}>
        <h1>Sparse autoencoders</h1>
        <p>
          Shipped, trained here or imported. Choose two to see them side by side; open one for its report card, or go on
          to <Link to="/features">features</Link>.
        </p>
      </header>
      <ImportBox />
      {trouble && !found.data && <TroublePage trouble={trouble} retry={() => found.refetch()} />}
      {!trouble && !found.data && <Waiting what="Reading the library…" />}
      {found.data && items.length === 0 && (
        <Empty title="No SAE is here yet">
          <p>
            Import one above, or train one: <code>microscope trace</code> records a layer, <code>microscope train</code>{" "}
            makes an SAE of it.
          </p>
        </Empty>
      )}
      {found.data && missing.length > 0 && <Missing slugs={missing} stop={stop} />}
      {a && b && <Compare a={a} b={b} stop={stop} />}
      {items.length > 0 && (
        <div className={classes.table}>
          <SaeTable {...{ items, search, change, narrow }}>
            <TextInput
              ref={box}
              aria-label="Search the SAEs"
              placeholder="Name, site, format"
              leftSection={<Search size={13} aria-hidden />}
              value={search.q ?? ""}
              maxLength={200}
              w={220}
              onChange={(event) => change({ q: event.currentTarget.value || undefined }, "replace")}
              onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
            />
            {a && !b && <span>{a.slug}: choose another to compare it with.</span>}
          </SaeTable>
        </div>
      )}
      {broken.length > 0 && (
        <section aria-label="Could not be read" className={classes.broken}>
          <h2 className="label">Could not be read</h2>
          {broken.map((one) => (
            <Broken key={one.path} {...one} />
          ))}
        </section>
      )}
    </div>
  );
}
