/** The features that fire at the selected token, in every sparse autoencoder of its model. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type ReactNode, useMemo } from "react";
import { positionFeatures } from "../../api/features";
import { useTrouble } from "../../api/live";
import { weightsOf } from "../../api/queries";
import { saes, saeTwins } from "../../api/saes";
import { FeatureFirings } from "../../components/FeatureFirings";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import { ToolButton } from "../../components/ToolButton";
import { type Section, sectionsOf } from "../../lib/firings";
import { labeller } from "../../lib/tokens";
import { harvestOf, newRunAddress } from "../-saes/NewRunButton";
import { InnerLink } from "../-shell/InnerLink";
import classes from "./FeaturesPanel.module.css";
import type { Material } from "./material";
import { useOpenSections } from "./openSections";
import type { Change, View } from "./params";
import { Also, SaeMenu } from "./SaeMenu";

interface Props {
  material: Material;
  view: View;
  change: Change;
  position: number;
}

/** What k counts here. */
export const FEATURES_COUNTED = { name: "Features per SAE", says: "Features per SAE: the strongest are listed" };

function Nothing({ slug }: { slug: string }) {
  return (
    <Empty title={`No sparse autoencoder reads ${slug}`}>
      <p>Train one on a recorded layer, or import one that somebody else trained for this model.</p>
      <Button component={Link} to="/saes" variant="default">
        SAE library
      </Button>
    </Empty>
  );
}

export function FeaturesPanel({ material, view, change, position }: Props) {
  const { source, epoch, model, vocab } = material;
  const written = useMemo(() => labeller(vocab), [vocab]);
  const found = useQuery(positionFeatures({ source, weights: weightsOf(model), epoch, position, saes: [], k: view.k }));
  const { data: twins } = useQuery(saeTwins);
  const { data: library } = useQuery(saes);
  const sections = useMemo(
    () => sectionsOf(found.data?.readings ?? [], twins ?? [], library?.items ?? []),
    [found.data, twins, library],
  );
  const colored = sections.find(({ names }) => names.includes(view.feature?.sae ?? ""));
  const { isOpen, setOpen } = useOpenSections(sections, colored);
  const trouble = useTrouble(found.error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => found.refetch()} />;
  if (!found.data) return <Waiting what="Reading the features…" />;
  const { left_out, counted } = found.data;
  if (sections.length + left_out.length === 0) return <Nothing slug={model.slug} />;
  return (
    <>
      {!counted && (
        <p className="mute">
          The first positions of a text (BOS, attention sink) are unlike all others: no statistic counts this one.
        </p>
      )}
      {sections.length > 1 && <SaeMenu {...{ sections, isOpen, setOpen }} />}
      {sections.map((section) => (
        <Reading
          key={section.reading.sae}
          {...{ section, change, written }}
          colored={section === colored ? view.feature?.index : undefined}
          open={isOpen(section)}
          toggle={() => setOpen([section], !isOpen(section))}
        />
      ))}
      {left_out.map(({ sae, says }) => (
        <p key={sae} className="mute">
          <Link to="/saes/$sae" params={{ sae }}>
            {sae}
          </Link>{" "}
          is not read. {says}
        </p>
      ))}
    </>
  );
}

interface ReadingProps {
  section: Section;
  /** Index of its feature that colours the text; undefined where none does. */
  colored: number | undefined;
  open: boolean;
  toggle: () => void;
  change: Change;
  /** A token as it shows. */
  written: (id: number) => string;
}

function Reading({ section, colored, open, toggle, change, written }: ReadingProps) {
  const { reading, also } = section;
  const { sae, dictionary } = reading;
  const title = (
    <span className={classes.name}>
      <ToolButton label={`${open ? "Close" : "Open"} ${sae}`} aria-expanded={open} onClick={toggle}>
        {open ? <ChevronDown size={12} /> : <ChevronRight size={12} />}
      </ToolButton>
      <Name section={section} />
    </span>
  );
  if (!open)
    return (
      <section className={classes.closed} aria-label={`Features of ${sae}`}>
        <div className={classes.line}>
          {title}
          <Also of={also} />
          {!dictionary && <span className="mute">not harvested</span>}
          <span className={`mono mute ${classes.site}`}>{reading.site}</span>
        </div>
      </section>
    );
  return (
    <FeatureFirings
      {...{ reading, written, title, colored }}
      note={
        <>
          {also.length > 0 && <p className="mute">The same weights as {also.join(", ")}.</p>}
          {!dictionary && <Unread sae={sae} />}
        </>
      }
      link={(index, children) =>
        dictionary ? (
          <Link to="/features/$sae/$index" params={{ sae: dictionary, index: String(index) }}>
            {children}
          </Link>
        ) : (
          <span className={classes.unread} title="Not harvested yet: its features have no pages">
            {children}
          </span>
        )
      }
      onColor={(index) => change({ feature: index === colored ? undefined : { sae, index } })}
    />
  );
}

function Name({ section: { reading } }: { section: Section }): ReactNode {
  const { sae, dictionary } = reading;
  return dictionary ? (
    <Link to="/features" search={{ sae: dictionary }}>
      {sae}
    </Link>
  ) : (
    <Link to="/saes/$sae" params={{ sae }} title="Its report card">
      {sae}
    </Link>
  );
}

/** Under the head of one whose features have no pages: what gives them some. */
function Unread({ sae }: { sae: string }) {
  const { data: library } = useQuery(saes);
  const known = library?.items.find(({ slug }) => slug === sae);
  return (
    <p className="mute">
      not harvested yet
      {known && (
        <>
          {" · "}
          <InnerLink href={newRunAddress("harvest", harvestOf(known))}>Harvest its features</InnerLink>
        </>
      )}
    </p>
  );
}
