/** All features of a dictionary: the server sorts and filters, the rows in view are fetched. */
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { Star } from "lucide-react";
import type { ReactNode } from "react";
import type { FeaturePage, FeatureRow } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { SaidBy } from "../../components/SaidBy";
import { oneIn } from "../../lib/features";
import { formatCount, formatNats, formatNumber, formatPrecise, formatProb } from "../../lib/format";
import { copyText } from "../-shell/copy";
import type { Pages } from "../-shell/usePages";
import { FeatureLink } from "./FeatureLink";
import classes from "./Features.module.css";
import type { FeaturesSearch } from "./params";
import { Tokens } from "./Tokens";
import { orderOf } from "./walk";

const precise = (value: number, shown: string) => <span title={formatPrecise(value)}>{shown}</span>;

interface Shown {
  sae: string;
  search: FeaturesSearch;
  label: (id: number) => string;
  /** To the row that Back is to return to. */
  leave: (row: number) => void;
}

function columnsOf({ sae, search, label, leave }: Shown): readonly Column<FeatureRow>[] {
  const words = (ids: readonly number[]) => ids.map(label).join(" ");
  return [
    {
      key: "id",
      title: "feature",
      width: 80,
      number: true,
      sorts: true,
      text: ({ index }) => index,
      cell: ({ index }, place) => (
        <FeatureLink sae={sae} index={index} order={orderOf(search)} onLeave={() => leave(place)} />
      ),
    },
    {
      key: "starred",
      title: "★",
      width: 34,
      says: "Marked by somebody",
      text: ({ starred }) => (starred ? "★" : ""),
      cell: ({ starred }) => starred && <Star size={12} fill="currentColor" aria-label="Starred" />,
    },
    {
      key: "label",
      title: "label",
      width: 128,
      grow: 3,
      sorts: true,
      text: (row) => row.label,
      cell: ({ label: words, label_kind }) =>
        label_kind ? (
          <span className={classes.labelled}>
            <bdi title={words}>{words}</bdi> <SaidBy kind={label_kind} />
          </span>
        ) : (
          <span className="mute">–</span>
        ),
    },
    {
      key: "top_tokens",
      title: "fires on",
      width: 148,
      grow: 3,
      says: "Tokens on which its strongest examples peak",
      text: ({ top_tokens }) => words(top_tokens),
      cell: ({ top_tokens }) => <Tokens ids={top_tokens} label={label} />,
    },
    {
      key: "top_logits",
      title: "promotes",
      width: 170,
      grow: 3,
      says: "Tokens that its direction promotes most",
      text: ({ top_logits }) => words(top_logits),
      cell: ({ top_logits }) => <Tokens ids={top_logits} label={label} />,
    },
    {
      key: "density",
      title: "density",
      width: 92,
      number: true,
      sorts: true,
      says: "Share of the counted positions at which it fires",
      text: ({ density }) => density,
      cell: ({ density }) => (
        <span title={`${formatPrecise(density)} · ${oneIn(density)}`}>{formatNumber(density)}</span>
      ),
    },
    {
      key: "count",
      title: "firings",
      width: 92,
      number: true,
      says: "Positions at which it fires",
      text: ({ count }) => count,
      cell: ({ count }) => formatCount(count),
    },
    {
      key: "max",
      title: "max",
      width: 84,
      number: true,
      sorts: true,
      says: "Largest activation, in the SAE's own unit",
      text: ({ max }) => max,
      cell: ({ max }) => precise(max, formatNats(max)),
    },
    {
      key: "mean",
      title: "mean",
      width: 84,
      number: true,
      says: "Mean activation where it fires",
      text: ({ mean }) => mean,
      cell: ({ mean }) => precise(mean, formatNats(mean)),
    },
    {
      key: "score",
      title: "score",
      width: 76,
      number: true,
      sorts: true,
      says: "Of the label, 0 to 1, as its author measured",
      text: ({ score }) => score,
      cell: ({ score }) => (score === null ? <span className="mute">–</span> : precise(score, formatProb(score))),
    },
  ];
}

/** What is shown unless the address says otherwise. */
const DEFAULT_COLUMNS: readonly string[] = [
  "id",
  "starred",
  "label",
  "top_tokens",
  "top_logits",
  "density",
  "max",
  "score",
];
const PHONE_COLUMNS: readonly string[] = ["id", "top_tokens", "label", "density"];
const FIELDS: Readonly<Record<string, string>> = { id: "index" };

interface Props {
  sae: string;
  search: FeaturesSearch;
  change: (part: Partial<FeaturesSearch>, how?: "push" | "replace") => void;
  pages: Pages<FeaturePage>;
  /** The first page: how many rows there are, and which fields this dictionary can fill. */
  first: FeaturePage;
  label: (id: number) => string;
  selected: ReadonlySet<string>;
  onSelect: (key: string) => void;
  /** Left of the table's own tools. */
  children?: ReactNode;
}

export function FeatureTable({ sae, search, change, pages, first, label, selected, onSelect, children }: Props) {
  const navigate = useNavigate();
  const narrow = useMediaQuery("(max-width: 767px)", false, { getInitialValueInEffect: false });
  const fills = first.columns;
  const leave = (place: number) => change({ row: place }, "replace");
  const columns = columnsOf({ sae, search, label, leave }).filter(({ key }) => fills.includes(FIELDS[key] ?? key));
  const { row, cols, ...question } = search;
  return (
    <DataTable
      label={`Features of ${sae}`}
      columns={columns}
      count={first.total}
      rowsAt={pages.rowsAt}
      onPages={pages.onPages}
      keyOf={({ index }) => String(index)}
      sort={search.sort}
      desc={search.desc}
      onSort={(key, desc) => {
        if (key === "id" || key === "density" || key === "max" || key === "label" || key === "score")
          change({ sort: key, desc, row: undefined });
      }}
      shown={cols.length > 0 ? cols : narrow ? PHONE_COLUMNS : DEFAULT_COLUMNS}
      onShown={(keys) => change({ cols: [...keys] }, "replace")}
      active={row ?? null}
      onActive={leave}
      onOpen={({ index }) =>
        navigate({ to: "/features/$sae/$index", params: { sae, index: String(index) }, search: orderOf(search) })
      }
      selected={selected}
      onSelect={onSelect}
      onCopy={(tsv, says) => copyText(tsv, says)}
      of={JSON.stringify(question)}
      empty={<Nothing search={search} />}
    >
      {children}
    </DataTable>
  );
}

function Nothing({ search }: { search: FeaturesSearch }) {
  const filtered = search.q || search.density || search.max;
  if (search.state === "dead" && !filtered) return "No feature is dead: every one fired at least once.";
  if (filtered) return "No feature passes these filters.";
  return "No feature fired on the harvested text: every one is dead.";
}
