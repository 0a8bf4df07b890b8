/** The features that fire at the selected token, in every sparse autoencoder of its model. */
import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { positionFeatures } from "../../api/features";
import { useTrouble } from "../../api/live";
import { weightsOf } from "../../api/queries";
import type { FeatureReading } from "../../api/types";
import { FeatureFirings } from "../../components/FeatureFirings";
import { Empty, TroubleNote, Waiting } from "../../components/States";
import { labeller } from "../../lib/tokens";
import type { Material } from "./material";
import type { Change, View } from "./params";

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
  const trouble = useTrouble(found.error);
  if (trouble) return <TroubleNote trouble={trouble} retry={() => found.refetch()} />;
  if (!found.data) return <Waiting what="Reading the features…" />;
  const { readings, left_out, counted } = found.data;
  if (readings.length + left_out.length === 0) return <Nothing slug={model.slug} />;
  return (
    <>
      {!counted && (
        <p className="mute">
          The first positions of a text (BOS, attention sink) are unlike all others: no statistic counts this one.
        </p>
      )}
      {readings.map((reading) => (
        <Reading key={reading.sae} {...{ reading, view, change, written }} />
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
  reading: FeatureReading;
  view: View;
  change: Change;
  /** A token as it shows. */
  written: (id: number) => string;
}

function Reading({ reading, view, change, written }: ReadingProps) {
  const { sae, dictionary } = reading;
  const colored = [sae, dictionary].includes(view.feature?.sae ?? "") ? view.feature?.index : undefined;
  return (
    <FeatureFirings
      {...{ reading, written }}
      title={
        dictionary ? (
          <Link to="/features" search={{ sae: dictionary }}>
            {sae}
          </Link>
        ) : (
          <Link to="/saes/$sae" params={{ sae }} title="Harvest it on its report card: then its features have pages">
            {sae}
          </Link>
        )
      }
      link={(index, children) =>
        dictionary ? (
          <Link to="/features/$sae/$index" params={{ sae: dictionary, index: String(index) }}>
            {children}
          </Link>
        ) : (
          // Nothing was harvested: its features have no pages.
          <span>{children}</span>
        )
      }
      colored={colored}
      onColor={(index) => change({ feature: index === colored ? undefined : { sae, index } })}
    />
  );
}
