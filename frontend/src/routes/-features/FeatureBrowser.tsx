/** The dictionary of one SAE: its filters, its histograms, its table. */
import { Button, CloseButton, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Link, Navigate } from "@tanstack/react-router";
import { Search, Star, X } from "lucide-react";
import { useRef, useState } from "react";
import { featureHistograms, featurePage } from "../../api/features";
import { useTrouble } from "../../api/live";
import type { Dictionary } from "../../api/types";
import { Histogram } from "../../components/Histogram";
import { TroubleNote, Waiting } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { formatCount } from "../../lib/format";
import { intervalEnds, writtenInterval } from "../../lib/search";
import { useCommands } from "../-shell/commands";
import { PageActions } from "../-shell/PageActions";
import { usePages } from "../-shell/usePages";
import { Choice } from "../-view/Controls";
import classes from "./Features.module.css";
import { FeatureTable } from "./FeatureTable";
import { NoDictionary } from "./NoDictionary";
import { type FeaturesSearch, questionOf } from "./params";
import { Selection } from "./Selection";
import { TableExport } from "./TableExport";
import { useWords } from "./useDictionary";

interface Props {
  sae: string;
  search: FeaturesSearch;
  change: (part: Partial<FeaturesSearch>, how?: "push" | "replace") => void;
}

const STATES: readonly { value: FeaturesSearch["state"]; label: string; says: string }[] = [
  { value: "live", label: "live", says: "Fired at least once" },
  { value: "dead", label: "dead", says: "Never fired on the harvested text" },
  { value: "all", label: "all", says: "Live and dead" },
];

const WITHIN: readonly { value: FeaturesSearch["within"]; label: string }[] = [
  { value: "all", label: "everywhere" },
  { value: "label", label: "labels" },
  { value: "token", label: "tokens" },
  { value: "logit", label: "logits" },
  { value: "text", label: "texts" },
];

const TYPING_MS = 250;

function SearchBox({ search, change }: Omit<Props, "sae">) {
  const [typed, setTyped] = useState(search.q ?? "");
  const box = useRef<HTMLInputElement>(null);
  const take = useDebouncedCallback((q: string) => change({ q: q || undefined, row: undefined }, "replace"), TYPING_MS);
  const type = (q: string) => {
    setTyped(q);
    take(q);
  };
  useCommands([{ label: "Search the features", key: "/", act: () => box.current?.focus() }]);
  return (
    <div className={classes.search}>
      <TextInput
        ref={box}
        aria-label="Search the features"
        placeholder="Label, token or text"
        leftSection={<Search size={13} aria-hidden />}
        rightSection={typed && <CloseButton size="xs" aria-label="Clear the search" onClick={() => type("")} />}
        value={typed}
        maxLength={200}
        spellCheck={false}
        style={{ flex: 1 }}
        onChange={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
      />
      <Select
        aria-label="Where to search"
        w={116}
        data={[...WITHIN]}
        value={search.within}
        allowDeselect={false}
        onChange={(value) => {
          const found = WITHIN.find((one) => one.value === value);
          if (found) change({ within: found.value, row: undefined });
        }}
      />
    </div>
  );
}

/** `total`: rows of the table. */
function Brushes({ sae, search, change, total }: Props & { total: number }) {
  const found = useQuery({ ...featureHistograms(questionOf(sae, search)), placeholderData: keepPreviousData });
  if (!found.data) return null;
  const { density, max } = found.data;
  const brush = (name: "density" | "max") => ({
    unit: total === 1 ? "feature" : "features",
    total,
    range: intervalEnds(search[name]) ?? null,
    onRange: (range: readonly [number, number] | null) =>
      change({ [name]: range ? writtenInterval(...range) : undefined, row: undefined }),
  });
  return (
    <div className={classes.brushes}>
      <Histogram title="density (log)" {...density} {...brush("density")} />
      <Histogram title="largest activation" {...max} {...brush("max")} />
    </div>
  );
}

/** Its report card, where the SAE is here. */
function OfSae({ sae, children }: { sae: string; children: string }) {
  return sae ? (
    <Link to="/saes/$sae" params={{ sae }}>
      {children}
    </Link>
  ) : (
    children
  );
}

function Head({ dictionary }: { dictionary: Dictionary }) {
  const { sae, made_of, site, architecture, d_sae, live, l0, tokens } = dictionary;
  return (
    <header className={classes.head}>
      <h1>
        Features of <OfSae sae={made_of}>{sae}</OfSae>
      </h1>
      <span className={classes.facts}>
        {made_of !== sae && <>{made_of ? <OfSae sae={made_of}>{made_of}</OfSae> : "an SAE that is not here"} · </>}
        <span className="mono">{site}</span> · {architecture} · {formatCount(live)} live of {formatCount(d_sae)} · L0{" "}
        {Number(l0.toPrecision(3))} · {formatCount(tokens)} positions
        {made_of && (
          <>
            {" "}
            ·{" "}
            <Link to="/experiments/$family/new" params={{ family: "contrast_features" }} search={{ sae: made_of }}>
              contrast prompts
            </Link>
          </>
        )}
      </span>
    </header>
  );
}

export function FeatureBrowser({ sae, search, change }: Props) {
  const question = questionOf(sae, search);
  // While another order is on its way, the old number of rows keeps the table's height.
  const { data: first, error, refetch } = useQuery({ ...featurePage(question, 0), placeholderData: keepPreviousData });
  const pages = usePages((page) => featurePage(question, page));
  const dictionary = first?.dictionary;
  const { label } = useWords(dictionary);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const trouble = useTrouble(error ?? pages.error);
  const toggle = (key: string) =>
    setSelected((now) => {
      const next = new Set(now);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  if (trouble && !dictionary)
    return (
      <>
        <h1 className="visually-hidden">Features of {sae}</h1>
        <NoDictionary
          {...{ sae, trouble }}
          retry={refetch}
          moved={(name) => <Navigate to="/features" search={{ ...search, sae: name }} replace />}
        />
      </>
    );
  if (!first || !dictionary)
    return (
      <>
        <h1 className="visually-hidden">Features of {sae}</h1>
        <Waiting what={`Opening the features of ${sae}…`} />
      </>
    );
  const filtered = search.q || search.density || search.max || search.state !== "live" || search.list || search.starred;
  const clear = () =>
    change({
      q: undefined,
      density: undefined,
      max: undefined,
      state: "live",
      within: "all",
      list: undefined,
      starred: false,
      row: undefined,
    });
  return (
    <div className={classes.page}>
      <PageActions>
        <TableExport question={question} total={first.total} selected={selected} />
      </PageActions>
      <Head dictionary={dictionary} />
      <div className={classes.filters}>
        <SearchBox key={search.q === undefined ? "none" : "some"} search={search} change={change} />
        <Choice
          label="Live or dead"
          value={search.state}
          choices={STATES}
          onChange={(state) => change({ state, row: undefined })}
        />
        <ToolButton
          label={search.starred ? "Show all, starred or not" : "Show only starred features"}
          pressed={search.starred}
          onClick={() => change({ starred: !search.starred, row: undefined })}
        >
          <Star size={13} fill={search.starred ? "currentColor" : "none"} />
        </ToolButton>
        {filtered && (
          <Button variant="subtle" color="gray" leftSection={<X size={12} />} onClick={clear}>
            Clear filters
          </Button>
        )}
      </div>
      <Brushes {...{ sae, search, change }} total={first.total} />
      {trouble && <TroubleNote trouble={trouble} retry={refetch} />}
      <div className={classes.table}>
        <FeatureTable {...{ sae, search, change, pages, first, label, selected }} onSelect={toggle}>
          <span className={classes.count}>
            {formatCount(first.total)} {first.total === 1 ? "feature" : "features"}
          </span>
          <Selection {...{ dictionary, selected, setSelected }} show={(list) => change({ list, row: undefined })} />
        </FeatureTable>
      </div>
    </div>
  );
}
