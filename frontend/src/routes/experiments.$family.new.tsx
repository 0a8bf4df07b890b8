import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link } from "@tanstack/react-router";
import { useTrouble } from "../api/live";
import { modelInfo } from "../api/queries";
import { families, run } from "../api/runs";
import { Trouble } from "../api/trouble";
import { Empty, TroublePage, Waiting } from "../components/States";
import { newSearch } from "./-runs/params";
import { RunForm } from "./-runs/RunForm";
import css from "./-runs/Runs.module.css";

export const Route = createFileRoute("/experiments/$family/new")({ validateSearch: newSearch, component: NewRunPage });

/** A new run of a family, or an old one with changes. */
function NewRunPage() {
  const { family } = Route.useParams();
  const { from, sae, activations, name, patches, attached, strengths } = Route.useSearch();
  const { data: cards, error, refetch } = useQuery(families);
  const { data: old, error: missing } = useQuery({ ...run(from ?? ""), enabled: from !== undefined });
  // Once: without a model it is asked again and again, and the form must not go away meanwhile.
  const { data: model, isFetched: modelIsKnown } = useQuery(modelInfo);
  const card = cards?.find(({ kind }) => kind === family);
  useDocumentTitle(`New run: ${card?.title ?? family} · Microscope`);
  const trouble = useTrouble(error ?? missing);
  if (trouble) return <TroublePage trouble={trouble} retry={refetch} />;
  if (!cards || (from !== undefined && !old) || !modelIsKnown) return <Waiting what="Fetching the form…" />;
  if (!card)
    return (
      <Empty title={`There is no family ${family}`} order={1}>
        These can be run: {cards.map(({ kind }) => kind).join(", ")}. <Link to="/runs">Runs</Link>
      </Empty>
    );
  if (old && old.row.family !== family)
    return (
      <TroublePage
        trouble={
          new Trouble(
            `The run ${old.row.id} is of ${old.row.family}, not of ${family}.`,
            "Duplicate it from its own page.",
            409,
          )
        }
      />
    );
  return (
    <div className={css.scrolls}>
      <header>
        <h1 style={{ margin: 0, fontSize: 18 }}>{card.title}</h1>
        <p className={css.says}>{card.says}</p>
        {old && (
          <p className={css.says}>
            Filled from{" "}
            <Link to="/runs/$run" params={{ run: old.row.id }}>
              {old.row.name || old.row.id}
            </Link>
            ; what differs from the defaults is marked.
          </p>
        )}
      </header>
      <RunForm
        key={`${family} ${from ?? ""}`}
        card={card}
        from={old}
        given={{ fields: { sae, activations, name, patches, attached, strengths }, model: model?.name }}
      />
    </div>
  );
}
