/** The library as a table; two of its rows can be put side by side. */
import { Link, useNavigate } from "@tanstack/react-router";
import { CircleCheck, CircleX, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { SaeInfo } from "../../api/types";
import { type Column, DataTable } from "../../components/DataTable";
import { formatBytes, formatCount, formatPrecise } from "../../lib/format";
import { PAGE_ROWS } from "../../lib/rows";
import { formatMeasure, MEASURES, measured } from "../../lib/saes";
import { copyText } from "../-shell/copy";
import type { SaeSort, SaesSearch } from "./params";
import classes from "./Saes.module.css";

/** Whether it can be used with the current model, and why not. */
export function Fit({ fit }: Pick<SaeInfo, "fit">) {
  if (!fit) return <span className="mute">–</span>;
  const [Icon, color, says] = !fit.fits
    ? [CircleX, "var(--ms-error)", fit.says]
    : fit.warnings.length > 0
      ? [TriangleAlert, "var(--ms-warn)", fit.warnings.join(" ")]
      : [CircleCheck, "var(--ms-ok)", `Reads ${fit.model}`];
  return (
    <span className={classes.fit} title={says}>
      <Icon size={13} color={color} aria-hidden /> {fit.fits ? fit.model : "does not fit"}
    </span>
  );
}

const saysOf = (key: string) => MEASURES.find((measure) => measure.key === key)?.says;

const metric = (key: "fvu" | "l0" | "loss_recovered" | "dead", title: string): Column<SaeInfo> => ({
  key,
  title,
  width: key === "loss_recovered" ? 112 : 74,
  number: true,
  sorts: true,
  says: saysOf(key),
  text: ({ metrics }) => measured(metrics, key) ?? null,
  cell: ({ metrics }) => {
    const value = measured(metrics, key);
    return (
      <span title={value === undefined ? "Not measured yet" : formatPrecise(value)}>{formatMeasure(key, value)}</span>
    );
  },
});

const COLUMNS: readonly Column<SaeInfo>[] = [
  {
    key: "slug",
    title: "SAE",
    width: 130,
    grow: 3,
    sorts: true,
    text: ({ slug, apart }) => (apart ? `${slug} (${apart})` : slug),
    cell: ({ slug, apart, path }) => (
      <>
        <Link to="/saes/$sae" params={{ sae: slug }} title={path}>
          {slug}
        </Link>
        {apart && (
          <span className="mute" title={apart}>
            {" "}
            {apart}
          </span>
        )}
      </>
    ),
  },
  {
    key: "site",
    title: "reads",
    width: 126,
    sorts: true,
    text: ({ site }) => site,
    cell: ({ site }) => <span className="mono">{site || "–"}</span>,
  },
  {
    key: "architecture",
    title: "kind",
    width: 110,
    text: ({ architecture, k }) => (k === null ? architecture : `${architecture} k=${k}`),
  },
  {
    key: "d_sae",
    title: "features",
    width: 86,
    number: true,
    sorts: true,
    text: ({ d_sae }) => d_sae,
    cell: ({ d_sae }) => formatCount(d_sae),
  },
  metric("fvu", "FVU"),
  metric("l0", "L0"),
  metric("loss_recovered", "loss recovered"),
  metric("dead", "dead"),
  { key: "format", title: "format", width: 100, text: ({ format }) => format },
  {
    key: "where",
    title: "from",
    width: 82,
    says: "Shipped with the program, trained here by a run, or imported by somebody",
    text: ({ where }) => where,
  },
  {
    key: "bytes",
    title: "size",
    width: 78,
    number: true,
    sorts: true,
    text: ({ bytes }) => bytes,
    cell: ({ bytes }) => formatBytes(bytes),
  },
  {
    key: "fit",
    title: "model",
    width: 130,
    grow: 1,
    says: "Whether the current model's residuals can be read with it",
    text: ({ fit }) => (fit ? (fit.fits ? fit.model : "does not fit") : ""),
    cell: ({ fit }) => <Fit fit={fit} />,
  },
];

const ON_PHONE = ["slug", "site", "fvu", "l0", "loss_recovered"];

const sortKey = (sae: SaeInfo, sort: Exclude<SaeSort, "site">): string | number => {
  if (sort === "slug") return sae.slug;
  if (sort === "d_sae" || sort === "bytes") return sae[sort];
  return measured(sae.metrics, sort) ?? Number.POSITIVE_INFINITY;
};

/** In the order of the address; what was not measured comes last. By site they come from the server. */
function sorted(items: readonly SaeInfo[], { sort, desc }: SaesSearch): SaeInfo[] {
  if (sort === "site") return desc ? [...items].reverse() : [...items];
  const up = [...items].sort((one, other) => {
    const [a, b] = [sortKey(one, sort), sortKey(other, sort)];
    if (a === Number.POSITIVE_INFINITY || b === Number.POSITIVE_INFINITY) return Number(a) - Number(b) || 0;
    const order = typeof a === "string" ? a.localeCompare(String(b), "en", { numeric: true }) : a - Number(b);
    return desc ? -order : order;
  });
  return up;
}

interface Props {
  items: readonly SaeInfo[];
  search: SaesSearch;
  change: (part: Partial<SaesSearch>, how?: "push" | "replace") => void;
  narrow: boolean;
  children?: ReactNode;
}

export function SaeTable({ items, search, change, narrow, children }: Props) {
  const navigate = useNavigate();
  const wanted = (search.q ?? "").toLowerCase();
  const found = items.filter(({ slug, apart, site, architecture, model_name, format }) =>
    [slug, apart, site, architecture, model_name, format].some((text) => text.toLowerCase().includes(wanted)),
  );
  const rows = sorted(found, search);
  const pair = [search.a, search.b].filter((slug) => slug !== undefined);
  const toggle = (slug: string) => {
    // The third takes the second's place.
    const [a, b] = pair.includes(slug) ? pair.filter((one) => one !== slug) : [...pair.slice(0, 1), slug];
    change({ a, b });
  };
  return (
    <DataTable
      label="Sparse autoencoders"
      columns={COLUMNS}
      count={rows.length}
      rowsAt={(page) => rows.slice(page * PAGE_ROWS, (page + 1) * PAGE_ROWS)}
      onPages={() => {}}
      keyOf={({ slug }) => slug}
      sort={search.sort}
      desc={search.desc}
      onSort={(key, desc) => {
        const sort = COLUMNS.find((column) => column.key === key && column.sorts)?.key;
        if (sort) change({ sort: sort as SaeSort, desc });
      }}
      shown={narrow ? ON_PHONE : undefined}
      onOpen={({ slug }) => navigate({ to: "/saes/$sae", params: { sae: slug } })}
      selected={new Set(pair)}
      onSelect={toggle}
      onCopy={(tsv, says) => copyText(tsv, says)}
      empty={`No SAE has “${search.q}” in its name, site or format.`}
    >
      {children}
    </DataTable>
  );
}
