import { Button } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { createFileRoute, Link, useNavigate } from "@tanstack/react-router";
import type * as z from "zod/mini";
import { trace as traceQuery } from "../api/queries";
import { KEEPS_FOCUS } from "../components/handFocusOn";
import { Empty, TroubleNote, TroublePage, Waiting } from "../components/States";
import { InForce, Switched } from "./-lens/InForce";
import classes from "./-lens/Lens.module.css";
import { useExampleKeys } from "./-lens/useExampleKeys";
import { useTracePlace } from "./-patch-rail/place";
import { RailButton, useRailFrame, WithPatchRail } from "./-patch-rail/WithPatchRail";
import { useCommands } from "./-shell/commands";
import { useKeys } from "./-shell/keys";
import { OtherModel } from "./-shell/OtherModel";
import { PageActions } from "./-shell/PageActions";
import { CompareMenu } from "./-view/CompareMenu";
import { Choice, KChoice } from "./-view/Controls";
import { CurvesPanel } from "./-view/CurvesPanel";
import { ExportMenu } from "./-view/ExportMenu";
import { FEATURES_COUNTED, FeaturesPanel } from "./-view/FeaturesPanel";
import { HeatmapBar } from "./-view/HeatmapBar";
import { HeatmapPanel } from "./-view/HeatmapPanel";
import { Inspector } from "./-view/Inspector";
import { type Material, useTrace } from "./-view/material";
import {
  byFeature,
  type Change,
  coloredBy,
  type LensViewName,
  type lensSearch,
  searchOf,
  selectedOf,
  type View,
} from "./-view/params";
import { useSides } from "./-view/sides";
import { TextStrip } from "./-view/TextStrip";
import { TwoPanes } from "./-view/TwoPanes";
import { typedOf } from "./-view/text";
import { tokenCommands } from "./-view/tokenCommands";

export const Route = createFileRoute("/lens/$trace")({ component: TracePage });

type LensSearch = z.infer<typeof lensSearch>;

function TracePage() {
  const { trace } = Route.useParams();
  const material = useTrace(trace);
  const { data: found, refetch } = useQuery(traceQuery(trace));
  const another = (
    <Button component={Link} to="/lens" variant="default">
      Another text
    </Button>
  );
  // It may be there while its model is not: then the model is offered.
  const absent = found?.model === "" || (material.state === "failed" && material.trouble.status === 404);
  if (found && absent)
    return (
      <>
        <h1 className="visually-hidden">Lens</h1>
        <OtherModel what="text" slug={found.model} model={found.model_name} then={refetch}>
          {another}
        </OtherModel>
      </>
    );
  return (
    <>
      <h1 className="visually-hidden">Lens{material.state === "ready" && `: ${material.value.title}`}</h1>
      {material.state === "loading" && <Waiting what={material.what} />}
      {material.state === "failed" && (
        <TroublePage trouble={material.trouble} retry={material.retry}>
          {another}
        </TroublePage>
      )}
      {material.state === "ready" && <Ready key={textKey(material.value)} material={material.value} />}
    </>
  );
}

/** A text that comes under other patches is the same page, which stays as it is scrolled. */
const textKey = ({ source }: Material): string => ("trace" in source ? source.text : source.conversation);

function useLensView(search: LensSearch): { view: View; change: Change } {
  const navigate = useNavigate();
  const { cell, by, ...rest } = search;
  const view: View = { ...rest, ...selectedOf(search), feature: coloredBy(by).feature };
  return {
    view,
    change: (part, how = "push") => {
      const { feature, ...others } = searchOf(part, view.token);
      const colored = "feature" in part ? { by: byFeature(feature) } : {};
      navigate({ to: ".", search: (now) => ({ ...now, ...others, ...colored }), replace: how === "replace" });
    },
  };
}

const VIEWS: readonly { value: LensViewName; label: string }[] = [
  { value: "layers", label: "Layers" },
  { value: "features", label: "Features" },
];

function Ready({ material }: { material: Material }) {
  const search = Route.useSearch();
  const navigate = useNavigate();
  const { view, change } = useLensView(search);
  const setName = (name: LensViewName) => navigate({ to: ".", search: (now) => ({ ...now, view: name }) });
  const features = search.view === "features";
  const { side, against, pending } = useSides(material, view, "trace");
  const frame = useRailFrame(useTracePlace(material), search.rail);
  const beside = { against, setVs: (vs: string | undefined) => change({ vs }) };
  useDocumentTitle(`Lens: ${material.title} · Microscope`);
  const close = () => change({ token: undefined });
  const selected = view.token === undefined ? undefined : material.ids[view.token];
  useKeys([["Escape", () => view.token !== undefined && close()]]);
  useCommands(tokenCommands(selected, view, change));
  useCommands(
    VIEWS.map(({ value, label }) => ({
      label: `View: ${label.toLowerCase()}`,
      key: value === "layers" ? "1" : "4",
      act: () => setName(value),
    })),
  );
  useExampleKeys(material.model.slug, typedOf(material.ids, material.vocab));
  const shared = { material, view, change };
  // That is told above the page, with the way to it.
  const lacksSet = typeof against === "string" && pending?.state === "failed" && pending.trouble.status === 404;
  // Another lens reads the same text.
  const other = side?.material === material ? undefined : side?.material;
  const main = (
    <div className={classes.page}>
      <section className={classes.text} aria-label="Text">
        {other && <h2 className={classes.textTitle}>{side?.ownTitle}</h2>}
        {!frame.open && <InForce material={material} />}
        <Switched schedule={material.schedule} />
        <TextStrip {...shared} plain />
      </section>
      {other && (
        <section key={textKey(other)} className={classes.text} aria-label="Other text">
          <h2 className={classes.textTitle}>{side?.title}</h2>
          {!side?.sets && <InForce material={other} />}
          <Switched schedule={other.schedule} />
          <TextStrip {...shared} material={other} plain />
        </section>
      )}
      <HeatmapBar {...shared} alone={view.token === undefined || features} />
      {pending?.state === "failed" && !lacksSet && (
        <TroubleNote trouble={pending.trouble} retry={pending.retry}>
          <Button variant="default" onClick={() => change({ vs: undefined })}>
            Stop comparing
          </Button>
        </TroubleNote>
      )}
      <section className={classes.heatmap} aria-label="Heatmap" {...KEEPS_FOCUS}>
        <HeatmapPanel {...shared} side={side} />
      </section>
      <section className={classes.curves} aria-label="Curves" {...KEEPS_FOCUS}>
        {view.token === undefined ? (
          <Empty title="No token selected">Click a token or a cell: its curves stand here, its layers beside.</Empty>
        ) : (
          view.token < material.ids.length && <CurvesPanel {...shared} side={side} position={view.token} height={180} />
        )}
      </section>
    </div>
  );
  return (
    <>
      <PageActions>
        <CompareMenu {...shared} withConversations={false} />
        <ExportMenu material={material} view={view} side={side} />
        <RailButton frame={frame} />
      </PageActions>
      <WithPatchRail
        {...{ frame, material, view, beside }}
        model={material.model}
        without="Until then no layer of this text can be read; without patches it can."
      >
        <TwoPanes
          main={main}
          tight={frame.tight}
          side={
            view.token === undefined ? undefined : (
              <Inspector
                {...shared}
                position={view.token}
                side={side}
                close={close}
                tabs={<Choice label="View" value={search.view} choices={VIEWS} onChange={setName} />}
                controls={features ? <KChoice view={view} change={change} {...FEATURES_COUNTED} /> : undefined}
              >
                {features && view.token < material.ids.length ? (
                  <FeaturesPanel {...shared} position={view.token} />
                ) : undefined}
              </Inspector>
            )
          }
          share={34}
          name="lens"
        />
      </WithPatchRail>
    </>
  );
}
