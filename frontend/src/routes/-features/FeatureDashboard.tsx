/** Everything that is known of one feature. */
import { ActionIcon, Breadcrumbs, Button, Tabs, Tooltip } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChevronLeft, ChevronRight, Shuffle, SlidersHorizontal, Star } from "lucide-react";
import type { ReactNode } from "react";
import { featureKeys } from "../../api/features";
import { useTrouble } from "../../api/live";
import type { Feature } from "../../api/types";
import { Facts } from "../../components/Facts";
import { Histogram } from "../../components/Histogram";
import { TroubleNote, Waiting } from "../../components/States";
import { oneIn } from "../../lib/features";
import { formatCount, formatNats, formatNumber, formatPrecise, formatProb } from "../../lib/format";
import { SPEAKERS } from "../../lib/labels";
import type { Vocab } from "../../lib/tokens";
import { useCommands } from "../-shell/commands";
import { OtherModel } from "../-shell/OtherModel";
import { PageActions } from "../-shell/PageActions";
import type { Given } from "../-view/GivenText";
import { useFeatureActions } from "./actions";
import { ExampleList, Examples } from "./Examples";
import classes from "./Feature.module.css";
import { FeatureExport } from "./FeatureExport";
import { Links } from "./Links";
import { Notes } from "./Notes";
import { Lift, Logits, Neighbours, Part, Provenance } from "./Parts";
import { type FeatureSearch, TAB_CHOICES } from "./params";
import { Steer } from "./Steer";
import { Tokens } from "./Tokens";
import { TryText } from "./TryText";
import { useWords } from "./useDictionary";
import { useSteps } from "./useSteps";
import { orderOf, orderWords, placeWords } from "./walk";

interface Props {
  feature: Feature;
  search: FeatureSearch;
  change: (part: Partial<FeatureSearch>, how?: "push" | "replace") => void;
}

interface HeadProps {
  feature: Feature;
  search: FeatureSearch;
  /** A token as it shows. */
  label: (id: number) => string;
}

function Head({ feature, search, label: written }: HeadProps) {
  const { row, dictionary } = feature;
  const { star } = useFeatureActions(feature);
  const { walks, place, error, toPrevious, toNext, toRandom } = useSteps(feature, search);
  const stepped = walks ? "" : "live ";
  const trouble = useTrouble(error);
  const label = feature.labels.find(({ what, current, withdrawn }) => what === "label" && current && !withdrawn);
  useCommands([
    ...(toPrevious ? [{ label: `Previous ${stepped}feature`, key: "[", act: toPrevious }] : []),
    ...(toNext ? [{ label: `Next ${stepped}feature`, key: "]", act: toNext }] : []),
    { label: "Random feature", key: "r", act: toRandom },
    { label: row.starred ? "Take the star away" : "Star this feature", key: "s", act: () => star(!row.starred) },
  ]);
  const counted = `${formatCount(row.count)} of ${formatCount(dictionary.tokens)} positions`;
  const density = (
    <>
      {formatNumber(row.density)} <span className="mute">{oneIn(row.density)}</span>
    </>
  );
  const sae = dictionary.made_of && dictionary.made_of !== dictionary.sae && (
    <Link to="/saes/$sae" params={{ sae: dictionary.made_of }}>
      {dictionary.made_of}
    </Link>
  );
  return (
    <header className={classes.head}>
      <Breadcrumbs className={classes.crumbs} separatorMargin={6}>
        <Link to="/features">Features</Link>
        <Link to="/features" search={{ sae: dictionary.sae }}>
          {dictionary.sae}
        </Link>
        {walks && (
          <Link to="/features" search={{ sae: dictionary.sae, ...orderOf(search), row: place?.row ?? undefined }}>
            {[placeWords(place), orderWords(search)].filter(Boolean).join(": ")}
          </Link>
        )}
        <span className="mono">{row.index}</span>
      </Breadcrumbs>
      {trouble && <TroubleNote trouble={trouble} />}
      <div className={classes.titleRow}>
        <h1 className={classes.title}>
          <span className={classes.id}>{row.index}</span> <bdi>{row.label || "No label yet"}</bdi>
        </h1>
        <span className={classes.steps}>
          <Tooltip label={row.starred ? "Take the star away (s)" : "Star it (s)"}>
            <ActionIcon aria-label="Star" aria-pressed={row.starred} onClick={() => star(!row.starred)}>
              <Star size={14} fill={row.starred ? "currentColor" : "none"} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={`Previous ${stepped}feature ( [ )`}>
            <ActionIcon aria-label="Previous feature" disabled={!toPrevious} onClick={toPrevious}>
              <ChevronLeft size={15} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label={`Next ${stepped}feature ( ] )`}>
            <ActionIcon aria-label="Next feature" disabled={!toNext} onClick={toNext}>
              <ChevronRight size={15} />
            </ActionIcon>
          </Tooltip>
          <Tooltip label="Random feature (r)">
            <ActionIcon aria-label="Random feature" onClick={toRandom}>
              <Shuffle size={14} />
            </ActionIcon>
          </Tooltip>
        </span>
      </div>
      <Facts
        look="chips"
        facts={[
          { name: "site", value: dictionary.site },
          { name: "density", value: density, says: `${formatPrecise(row.density)}: ${counted}` },
          { name: "max", value: formatNats(row.max), says: formatPrecise(row.max) },
          { name: "mean", value: formatNats(row.mean), says: formatPrecise(row.mean) },
          row.top_tokens.length > 0 && {
            name: "fires on",
            value: <Tokens ids={row.top_tokens} label={written} />,
            says: "Tokens on which its strongest examples peak",
          },
          sae && { name: "SAE", value: sae, says: "The SAE of these weights has this name now" },
          label && {
            name: "label by",
            value: SPEAKERS[label.kind].name,
            says: `${SPEAKERS[label.kind].says}${label.author && `: ${label.author}`}`,
          },
          row.score !== null && {
            name: "score",
            value: formatProb(row.score),
            says: "Of the label, as its author measured",
          },
        ]}
      />
    </header>
  );
}

/** `p`: the way to the tab on which a patch is made of it. */
function ToPatch({ steer }: { steer: () => void }) {
  useCommands([{ label: "Create a patch: steer, ablate, clamp or scale it", key: "p", act: steer }]);
  return (
    <Button
      variant="default"
      aria-label="Create patch"
      leftSection={<SlidersHorizontal size={14} />}
      renderRoot={(props) => <Link {...props} to="." search={(now) => ({ ...now, tab: "steer" })} />}
    >
      Create patch
    </Button>
  );
}

/** Nothing was found out from a text: what its weights alone say is left. */
function Dead({ feature }: { feature: Feature }) {
  const { tokens, documents } = feature.dictionary;
  return (
    <p className={classes.dead} role="note">
      <b>This feature is dead.</b> It fired at none of {formatCount(tokens)} positions in {formatCount(documents)}{" "}
      documents, so there are no examples. What its decoder row says stands below; a text of your own may still wake it.
    </p>
  );
}

function Activations({ feature }: { feature: Feature }) {
  const { histogram, row } = feature;
  if (histogram.counts.length === 0) return null;
  return (
    <Part title="Activations where it fires">
      <Histogram
        title={`activation, ${histogram.scale} bins`}
        unit="positions"
        edges={histogram.edges}
        counts={histogram.counts}
        range={null}
        height={72}
      />
      <p className={classes.none}>
        n = {formatCount(row.count)}, mean {formatNats(row.mean)}, max {formatNats(row.max)}, in the SAE&apos;s own unit
      </p>
    </Part>
  );
}

const SHORT = 8;

export function FeatureDashboard({ feature, search, change }: Props) {
  const words = useWords(feature.dictionary);
  const { label, vocab, begins } = words;
  const client = useQueryClient();
  /** Its model is there: a dictionary says which one that is. */
  const again = () => {
    words.refetch();
    client.invalidateQueries({ queryKey: featureKeys.of(feature.dictionary.sae) });
  };
  const dead = feature.row.count === 0;
  // A position is one of its text.
  const keep = (part: Given) => change({ ...part, at: undefined }, "replace");
  const texts = (draw: (known: { vocab: Vocab; begins: readonly number[] }) => ReactNode) =>
    words.away ? (
      <OtherModel what="feature" slug={feature.dictionary.model} model={feature.dictionary.model_name} then={again} />
    ) : words.trouble ? (
      <TroubleNote trouble={words.trouble} />
    ) : vocab ? (
      draw({ vocab, begins })
    ) : (
      <Waiting what="Loading the model's vocabulary…" />
    );
  return (
    <div className={classes.page}>
      <PageActions>
        <ToPatch steer={() => change({ tab: "steer" })} />
        <FeatureExport feature={feature} />
      </PageActions>
      <div className={classes.inner}>
        <Head {...{ feature, search, label }} />
        {dead && <Dead feature={feature} />}
        <Tabs
          value={search.tab}
          onChange={(tab) => {
            const found = TAB_CHOICES.find(({ value }) => value === tab);
            if (found) change({ tab: found.value });
          }}
          keepMounted={false}
        >
          <Tabs.List className={classes.tabs}>
            {TAB_CHOICES.map(({ value, label: name }) => (
              <Tabs.Tab key={value} value={value}>
                {name}
              </Tabs.Tab>
            ))}
          </Tabs.List>
          <Tabs.Panel value="overview" className={classes.columns}>
            <div className={classes.side}>
              <Activations feature={feature} />
              <Logits {...{ feature, label }} most={SHORT} />
              <Lift {...{ feature, label }} most={SHORT} />
              <Neighbours {...{ feature, label }} most={SHORT} />
            </div>
            <div className={classes.mainColumn}>
              <Notes feature={feature} />
              {texts((known) => (
                <>
                  <TryText key={feature.id} {...{ feature, label, keep, ...known }} given={search} />
                  {!dead && <Examples {...{ feature, search, change, ...known }} />}
                </>
              ))}
            </div>
          </Tabs.Panel>
          <Tabs.Panel value="logits" className={classes.three}>
            <Logits {...{ feature, label }} />
            <Lift {...{ feature, label }} />
          </Tabs.Panel>
          <Tabs.Panel value="geometry" className={classes.two}>
            <Neighbours {...{ feature, label }} />
          </Tabs.Panel>
          <Tabs.Panel value="provenance" className={classes.columns}>
            <div className={classes.side}>
              <Provenance feature={feature} />
            </div>
            <div className={classes.mainColumn}>
              {texts((known) => (
                <Links key={feature.id} {...{ feature, label, search, change, ...known }} />
              ))}
              <Part title="In held-out texts" says="No SAE is trained on these documents">
                {texts((known) => (
                  <ExampleList
                    {...{ feature, search, ...known }}
                    examples={feature.held_out}
                    label="Held-out examples"
                    empty="It fired in no held-out text."
                  />
                ))}
              </Part>
            </div>
          </Tabs.Panel>
          <Tabs.Panel value="steer">
            {texts((known) => (
              <Steer key={feature.id} {...{ feature, label, search, change, keep, ...known }} />
            ))}
          </Tabs.Panel>
          <Tabs.Panel value="notes" className={classes.narrow}>
            <Notes feature={feature} history />
          </Tabs.Panel>
        </Tabs>
      </div>
    </div>
  );
}
